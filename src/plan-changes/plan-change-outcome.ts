import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { idOf } from '../stripe/values.js';
import { type StripeSubscription } from '../subscriptions/subscription.gateway.js';

/** What a change puts aside, to be put back when it fails. */
export interface BeforeChange {
  schedule_id: string | null;
  scheduled_price: string | null;
  own_payment_method: string | null;
}

/** The change took effect, or waits for its payment. */
export function isMade({ items, pending_update: pending }: StripeSubscription, priceId: string): boolean {
  return pending !== null || items.data[0]?.price.id === priceId;
}

/** The card that the change attached: the subscription's own by now, or known by the step that attached it. */
export function newCardOf(operation: StripeOperation, before: BeforeChange, subscription: StripeSubscription): unknown {
  if (operation.steps.attach === undefined) return null;
  const own = idOf(subscription.default_payment_method);
  return own === null || own === before.own_payment_method ? operation.steps.attach.payment_method : own;
}
