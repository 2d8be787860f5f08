import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../../stripe/stripe-client.js';
import { classifyStripeError } from '../../stripe/stripe-error.js';

/** Stripe's own shape, for the files that carry it between gateway and projection. */
export type StripeSchedule = Stripe.SubscriptionSchedule;
export type SchedulePhases = Stripe.SubscriptionScheduleUpdateParams.Phase[];

/** The Stripe calls about subscription schedules: a change of plan at the end of the period. */
@Injectable()
export class SubscriptionScheduleGateway {
  constructor(private readonly stripe: StripeClient) {}

  retrieve(id: string): Promise<StripeAnswer<Stripe.SubscriptionSchedule | null>> {
    return this.stripe.readOrNull((stripe, options) => stripe.subscriptionSchedules.retrieve(id, {}, options));
  }

  /** A schedule that begins with what the subscription is now. */
  createFrom(subscriptionId: string): Promise<StripeAnswer<Stripe.SubscriptionSchedule>> {
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.subscriptionSchedules.create({ from_subscription: subscriptionId }, options),
    );
  }

  /** Replaces the phases; after the last one the schedule is released. */
  draw(
    id: string,
    phases: SchedulePhases,
    metadata: Stripe.MetadataParam,
  ): Promise<StripeAnswer<Stripe.SubscriptionSchedule>> {
    const params = { phases, metadata, end_behavior: 'release' as const, proration_behavior: 'none' as const };
    return this.stripe.writeRepeatable((stripe, options) => stripe.subscriptionSchedules.update(id, params, options));
  }

  /** Releases the subscription, which stays as it is; null when the schedule had ended already. */
  async release(id: string): Promise<StripeAnswer<Stripe.SubscriptionSchedule> | null> {
    try {
      return await this.stripe.writeRepeatable((stripe, options) =>
        stripe.subscriptionSchedules.release(id, {}, options),
      );
    } catch (error) {
      const kind = classifyStripeError(error)?.kind;
      if (kind === 'refused' || kind === 'missing') return null;
      throw error;
    }
  }
}
