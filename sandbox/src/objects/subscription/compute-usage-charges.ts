import { type Context } from '../../kernel/context.js';
import { amountFor } from '../../rules/amounts.js';
import { type Period } from '../../rules/billing-cycle.js';
import { type InvoiceItem } from '../invoice-item/invoice-item-type.js';
import { type ItemCharge, productOf } from '../invoice/compute-invoice-lines.js';
import { usageOf } from '../meter-event/compute-usage.js';
import { requirePriceIn } from '../price/price-in-currency.js';
import { prices } from '../price/price-type.js';
import { isMetered } from '../subscription-item/item-periods.js';
import { productName } from './compute-period-charges.js';
import { type Subscription, type SubscriptionItem, withState } from './subscription-type.js';

/** The time of an item's current period whose usage is billed still. Usage within a trial is free. */
function unbilledTime(subscription: Subscription, item: SubscriptionItem, until: number): Period {
  const from = subscription.sandbox.usage_from?.[item.id] ?? 0;
  const start = Math.max(item.current_period_start, from, Math.min(subscription.trial_end ?? 0, until));
  return { start, end: Math.max(start, until) };
}

/** The quantity that a customer used of a metered price within a period, and what it costs in minor units of a currency. */
export function usageCost(
  context: Context,
  priceId: string,
  customer: string,
  period: Period,
  currency: string,
): { quantity: number; amount: number; unitAmountDecimal: string | null } {
  const price = context.objects(prices).require(priceId);
  const quantity = Math.max(0, usageOf(context, price.recurring?.meter ?? '', customer, period));
  const priced = requirePriceIn(context, price, currency);
  return { quantity, amount: amountFor(priced, quantity), unitAmountDecimal: priced.unit_amount_decimal };
}

/** The charges for what was used of metered items until a moment, a line for each, also when that is nothing. */
export function usageCharges(
  context: Context,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
  until: number,
): ItemCharge[] {
  return items.filter(isMetered).flatMap((item) => {
    const period = unbilledTime(subscription, item, until);
    if (period.end === period.start) return [];
    const cost = usageCost(context, item.price.id, subscription.customer, period, subscription.currency);
    return [{ item, ...cost, period, productName: productName(context, item) }];
  });
}

/**
 * Bills what was used of metered items so far before they change or end: invoice items for the next invoice, which
 * are not stored yet, and the subscription that counts the usage of these items from now on.
 */
export function closeUsage(
  context: Context,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
): { subscription: Subscription; invoiceItems: InvoiceItem[] } {
  const now = context.now();
  const metered = items.filter(isMetered);
  if (metered.length === 0) return { subscription, invoiceItems: [] };
  const charges = usageCharges(context, subscription, metered, now).filter((charge) => charge.quantity !== 0);
  const from = Object.fromEntries(metered.map((item) => [item.id, now]));
  return {
    subscription: withState(subscription, { usage_from: { ...subscription.sandbox.usage_from, ...from } }),
    invoiceItems: charges.map((charge) => usageItem(context, subscription, charge)),
  };
}

function usageItem(context: Context, subscription: Subscription, charge: ItemCharge): InvoiceItem {
  const { item, amount, period } = charge;
  const quantity = charge.quantity ?? 0;
  return {
    id: context.newId('ii'),
    object: 'invoiceitem',
    amount,
    currency: subscription.currency,
    customer: subscription.customer,
    customer_account: null,
    date: context.now(),
    description: `${quantity} × ${charge.productName}`,
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: amount,
    parent: {
      type: 'subscription_details',
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
    },
    period,
    pricing: {
      type: 'price_details',
      price_details: { price: item.price.id, product: productOf(item) },
      unit_amount_decimal: charge.unitAmountDecimal,
    },
    proration: false,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: subscription.test_clock,
  };
}
