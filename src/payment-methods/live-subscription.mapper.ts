import type Stripe from 'stripe';
import { idOf } from '../stripe/values.js';

/** What is needed to know of a subscription before a card of its customer changes. */
export interface LiveSubscription {
  /** `sub_…` */
  id: string;
  /** Payment method of its own, which goes before the customer's default. */
  defaultPaymentMethodId: string | null;
  /** True when Stripe will, or must still, collect money for it by itself; false for one that is billed by invoice. */
  needsPaymentMethod: boolean;
}

const ENDED = new Set<string>(['canceled', 'incomplete_expired']);
/** Money is owed already, whether or not the subscription continues. */
const OWING = new Set<string>(['past_due', 'unpaid']);

/** The subscriptions that have not ended. A status that is not known yet ends none. */
export function toLiveSubscriptions(subscriptions: readonly Stripe.Subscription[]): LiveSubscription[] {
  return subscriptions.filter(({ status }) => !ENDED.has(status)).map(toLiveSubscription);
}

function toLiveSubscription(subscription: Stripe.Subscription): LiveSubscription {
  const { id, status, items, cancel_at: cancelAt, cancel_at_period_end: cancelAtPeriodEnd } = subscription;
  const isCharged = subscription.collection_method === 'charge_automatically';
  const costsMoney = items.data.some((item) => item.price.unit_amount !== 0);
  const goesOn = status !== 'incomplete' && cancelAt === null && !cancelAtPeriodEnd;
  return {
    id,
    defaultPaymentMethodId: idOf(subscription.default_payment_method),
    needsPaymentMethod: isCharged && (OWING.has(status) || (costsMoney && goesOn)),
  };
}
