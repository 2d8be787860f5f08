import { type Context } from '../../kernel/context.js';
import { type Period, nextBoundary, periodContaining } from '../../rules/billing-cycle.js';
import { type DiscountInForce, discountLines } from '../../rules/discounts.js';
import { remainingPart } from '../../rules/proration.js';
import { type ItemCharge, productOf } from '../invoice/compute-invoice-lines.js';
import { requirePriceIn } from '../price/price-in-currency.js';
import { products } from '../product/product-type.js';
import { cadenceOf, fullAmount, isMetered } from '../subscription-item/item-periods.js';
import { type SubscriptionItem } from './subscription-type.js';

/** The name that lines give an item's product. */
export function productName(context: Context, item: SubscriptionItem): string {
  return context.objects(products).get(productOf(item))?.name ?? productOf(item);
}

/** The item in a period that starts at `start` and ends on the next boundary of its cadence from `anchor`. */
export function inPeriodFrom(item: SubscriptionItem, anchor: number, start: number): SubscriptionItem {
  return {
    ...item,
    current_period_start: start,
    current_period_end: nextBoundary(anchor, cadenceOf(item), start),
  };
}

/** The whole period, aligned to `anchor`, that an item's current one is a part of. */
function alignedPeriod(item: SubscriptionItem, anchor: number): Period {
  return periodContaining(anchor, cadenceOf(item), item.current_period_start);
}

/** What an item's current period costs: less than a whole one when it starts between two boundaries. */
function periodAmount(context: Context, item: SubscriptionItem, anchor: number, currency: string): number {
  return remainingPart(fullAmount(context, item, currency), alignedPeriod(item, anchor), item.current_period_start);
}

/**
 * The charges for the current periods of items, in advance; metered items have none.
 * @param currency that of the subscription
 */
export function periodCharges(
  context: Context,
  items: readonly SubscriptionItem[],
  anchor: number,
  currency: string,
): ItemCharge[] {
  return items
    .filter((item) => !isMetered(item))
    .map((item) => ({
      item,
      amount: periodAmount(context, item, anchor, currency),
      unitAmountDecimal: requirePriceIn(context, item.price, currency).unit_amount_decimal,
      period: { start: item.current_period_start, end: item.current_period_end },
      productName: productName(context, item),
    }));
}

/** The zero charges of a trial. */
export function trialCharges(context: Context, items: readonly SubscriptionItem[]): ItemCharge[] {
  return items
    .filter((item) => !isMetered(item))
    .map((item) => ({
      item,
      amount: 0,
      unitAmountDecimal: '0',
      period: { start: item.current_period_start, end: item.current_period_end },
      productName: productName(context, item),
      trial: true,
    }));
}

/** What a whole period of each item costs after the subscription's discounts, in minor units. */
export function discountedAmounts(
  context: Context,
  items: readonly SubscriptionItem[],
  discounts: readonly DiscountInForce[],
  currency: string,
): number[] {
  const amounts = items.map((item) => fullAmount(context, item, currency));
  const taken = discountLines(
    items.map((item, index) => ({ amount: amounts[index] ?? 0, discountable: true, product: productOf(item) })),
    [...discounts],
    currency,
  );
  return amounts.map((amount, index) => (taken[index] ?? []).reduce((left, one) => left - one.amount, amount));
}
