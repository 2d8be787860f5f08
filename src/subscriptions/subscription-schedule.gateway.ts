import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';

/** Stripe's own shape, for the files that carry it between gateway and projection. */
export type StripeSchedule = Stripe.SubscriptionSchedule;
type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;

/** The price that follows, and how often it bills. */
export interface NextPlan {
  priceId: string;
  interval: 'day' | 'week' | 'month' | 'year';
}

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

  /** Keeps the current phase until its end and goes on with another price; afterwards the schedule lets go. */
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

  /** Lets go of the subscription, which stays as it is; null when the schedule had ended already. */
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

/** The current phase as it is, then the new price. A phase needs a length, the last one too: one interval of its price. */
function phasesWithNext(schedule: Stripe.SubscriptionSchedule, { priceId, interval }: NextPlan): Phase[] {
  const current =
    schedule.phases.find((phase) => phase.start_date === schedule.current_phase?.start_date) ?? schedule.phases[0];
  if (current === undefined) throw new Error('A schedule made from a subscription has a phase');
  const discounts = current.discounts
    .map((discount) => idOf(discount.discount))
    .filter((id) => id !== null)
    .map((discount) => ({ discount }));
  const kept = discounts.length === 0 ? {} : { discounts };
  const items = current.items.map((item) => ({ price: idOf(item.price) ?? '', quantity: item.quantity ?? 1 }));
  const trial = current.trial_end === null ? {} : { trial_end: current.trial_end };
  return [
    { items, start_date: current.start_date, end_date: current.end_date, ...kept, ...trial },
    {
      items: [{ price: priceId, quantity: items[0]?.quantity ?? 1 }],
      start_date: current.end_date,
      duration: { interval },
      ...kept,
    },
  ];
}
