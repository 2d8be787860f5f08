import { type Context } from '../../kernel/context.js';
import { amountFor } from '../../rules/amounts.js';
import { type BillingInterval, type Cadence } from '../../rules/billing-cycle.js';
import { requirePriceIn } from '../price/price-in-currency.js';
import { type Subscription, type SubscriptionItem } from '../subscription/subscription-type.js';

/** How often an item's price recurs. */
export function cadenceOf(item: SubscriptionItem): Cadence {
  const recurring = item.price.recurring;
  if (!recurring) throw new Error(`price ${item.price.id} of ${item.id} does not recur`);
  return { interval: recurring.interval as BillingInterval, interval_count: recurring.interval_count };
}

/** Whether an item is billed by usage afterwards instead of by quantity in advance. */
export function isMetered(item: SubscriptionItem): boolean {
  return item.price.recurring?.usage_type === 'metered';
}

/**
 * What a whole period of an item costs before discounts, in minor units; 0 for metered items, billed by usage.
 * @param currency that of its subscription
 */
export function fullAmount(context: Context, item: SubscriptionItem, currency: string): number {
  if (isMetered(item)) return 0;
  return amountFor(requirePriceIn(context, item.price, currency), item.quantity ?? 1);
}

/** The earliest end of the current periods of a subscription's items. */
export function earliestPeriodEnd(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

/** The latest end of the current periods of a subscription's items. */
export function latestPeriodEnd(subscription: Subscription): number {
  return Math.max(...subscription.items.data.map((item) => item.current_period_end));
}

/** The latest start of the current periods of a subscription's items. */
export function latestPeriodStart(subscription: Subscription): number {
  return Math.max(...subscription.items.data.map((item) => item.current_period_start));
}
