import type Stripe from 'stripe';
import { type Discount } from '../coupons/coupon-code.js';
import { type OrderLine } from './purchase-order.js';
import { EXPAND } from '../subscriptions/subscription.gateway.js';

/** What a purchase asks of Stripe. */
export interface NewSubscription {
  customer: string;
  lines: readonly OrderLine[];
  /** ISO 4217 in lower case. */
  currency: string;
  /** Card to charge; absent: the customer's default, if there is one. */
  paymentMethodId?: string;
  /** True when there is a card to charge in this request. */
  hasCard: boolean;
  trialDays?: number;
  discounts?: Discount[];
  metadata: Record<string, string>;
}

/**
 * Stripe's parameters of a purchase. With a card the first payment is tried at once and Stripe's answer says how it went;
 * without one the subscription waits as `incomplete` (or in its trial) for a card.
 */
export function toCreateParams(wanted: NewSubscription): Stripe.SubscriptionCreateParams {
  return {
    customer: wanted.customer,
    items: wanted.lines.map(({ price, quantity }) => ({ price, quantity })),
    currency: wanted.currency,
    billing_mode: { type: 'flexible' },
    payment_behavior: wanted.hasCard ? 'allow_incomplete' : 'default_incomplete',
    payment_settings: { save_default_payment_method: 'on_subscription' },
    ...(wanted.paymentMethodId === undefined ? {} : { default_payment_method: wanted.paymentMethodId }),
    ...(wanted.trialDays === undefined
      ? {}
      : {
          trial_period_days: wanted.trialDays,
          trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
        }),
    ...(wanted.discounts === undefined ? {} : { discounts: wanted.discounts }),
    metadata: wanted.metadata,
    expand: [...EXPAND, 'pending_setup_intent'],
  };
}
