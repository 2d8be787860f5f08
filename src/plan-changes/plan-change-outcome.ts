import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { idOf } from '../stripe/values.js';
import { type SchedulePhases } from '../subscriptions/schedules/subscription-schedule.gateway.js';
import { type StripeSubscription } from '../subscriptions/subscription.gateway.js';

/** What a change puts aside, to be put back when it fails. */
export interface BeforeChange {
  schedule_id: string | null;
  /** Price of a scheduled change of ours. */
  scheduled_price: string | null;
  /** What waits in a schedule that somebody else made. */
  foreign_phases?: SchedulePhases | null;
  own_payment_method: string | null;
}

/** The change took effect, or waits for its payment. */
export function isMade({ items, pending_update: pending }: StripeSubscription, priceId: string): boolean {
  return pending !== null || hasPrice(items, priceId);
}

/** True once the subscription has the price, on whichever item. */
export function hasPrice({ data }: StripeSubscription['items'], priceId: unknown): boolean {
  return data.some(({ price }) => price.id === priceId);
}

/** The card that the change attached: the subscription's own by now, or known by the step that attached it. */
export function newCardOf(operation: StripeOperation, before: BeforeChange, subscription: StripeSubscription): unknown {
  if (operation.steps.attach === undefined) return null;
  const own = idOf(subscription.default_payment_method);
  return own === null || own === before.own_payment_method ? operation.steps.attach.payment_method : own;
}
