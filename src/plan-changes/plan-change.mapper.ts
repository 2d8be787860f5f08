import type Stripe from 'stripe';
import { BillingError } from '../common/billing-error.js';
import { type Plan } from '../catalogue/catalogue.js';
import { type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { type ChangeKind } from './plan-change.js';

/** A change of plan that takes effect at once. */
export interface ImmediateChange {
  kind: Exclude<ChangeKind, 'downgrade_at_period_end'>;
  plan: Plan;
  priceId: string;
  card: ResolvedPaymentMethod | null;
}

/**
 * Stripe's parameters of the change. An upgrade is invoiced and charged now, and waits as a pending update when that
 * fails; a downgrade now leaves a credit; in a trial nothing is charged and the trial stays.
 * @throws BillingError subscription_state for a subscription without an item
 */
export function toUpdateParams(
  row: Subscription,
  { kind, plan, priceId }: ImmediateChange,
): Stripe.SubscriptionUpdateParams {
  if (row.stripeItemId === null) throw new BillingError('subscription_state');
  const items = [{ id: row.stripeItemId, price: priceId, quantity: row.quantity }];
  if (kind === 'in_trial') return { items, proration_behavior: 'none' };
  return {
    items,
    proration_behavior: 'always_invoice',
    ...(kind === 'upgrade' ? { payment_behavior: 'pending_if_incomplete' } : {}),
    ...(plan.interval === row.interval && plan.intervalCount === row.intervalCount
      ? {}
      : { billing_cycle_anchor: { type: 'now' } }),
  };
}
