import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { type NextPlan, phasesWithNext } from './subscription-schedule.mapper.js';

/** Stripe's own shape, for the files that carry it between gateway and projection. */
export type StripeSchedule = Stripe.SubscriptionSchedule;

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

  /** Keeps the current phase until its end and continues with another price; afterwards the schedule is released. */
  changeAtPeriodEnd(
    schedule: Stripe.SubscriptionSchedule,
    next: NextPlan,
  ): Promise<StripeAnswer<Stripe.SubscriptionSchedule>> {
    const phases = phasesWithNext(schedule, next);
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.subscriptionSchedules.update(
        schedule.id,
        { phases, end_behavior: 'release', proration_behavior: 'none' },
        options,
      ),
    );
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
