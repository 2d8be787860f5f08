import { type Context } from '../../kernel/context.js';
import { type ItemCharge } from '../invoice/compute-invoice-lines.js';
import { inPeriodFrom, periodCharges } from './compute-period-charges.js';
import { usageCharges } from './compute-usage-charges.js';
import { type Subscription } from './subscription-type.js';

/** The subscription with the periods that follow those that end by a moment, and what they cost. */
export function nextPeriods(
  context: Context,
  subscription: Subscription,
  at: number,
): { subscription: Subscription; charges: ItemCharge[] } {
  const anchor = subscription.billing_cycle_anchor;
  const renewed = subscription.items.data.map((item) =>
    item.current_period_end > at ? item : inPeriodFrom(item, anchor, item.current_period_end),
  );
  const changed = renewed.filter((item, index) => item !== subscription.items.data[index]);
  const ended = subscription.items.data.filter((item) => item.current_period_end <= at);
  return {
    subscription: { ...subscription, items: { ...subscription.items, data: renewed } },
    charges: [
      ...usageCharges(context, subscription, ended, at),
      ...periodCharges(context, changed, anchor, subscription.currency),
    ],
  };
}
