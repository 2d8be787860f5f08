import { type Context } from '../../kernel/context.js';
import { paymentMethodFor } from '../../objects/invoice/invoice-collection.js';
import { invoices } from '../../objects/invoice/invoice-type.js';
import { paymentMethods } from '../../objects/payment-method/payment-method-type.js';
import { requirePriceIn } from '../../objects/price/price-in-currency.js';
import { type Price } from '../../objects/price/price-type.js';
import { products } from '../../objects/product/product-type.js';
import { earliestPeriodEnd } from '../../objects/subscription-item/item-periods.js';
import { type Subscription, type SubscriptionItem } from '../../objects/subscription/subscription-type.js';
import { amountFor } from '../../rules/amounts.js';
import { formatAmount } from '../../rules/currencies.js';
import { cardText } from '../card-fields.js';
import { dateText } from '../layout.js';

type AnyPrice = Price | SubscriptionItem['price'];

function cadenceOf(price: AnyPrice): string {
  const { interval = 'month', interval_count: count = 1 } = price.recurring ?? {};
  return count === 1 ? interval : `${count} ${interval}s`;
}

/** What a quantity of a price costs in a currency that it has, e.g. `$58.00 per month`. */
export function priceText(context: Context, price: AnyPrice, quantity: number, currency: string): string {
  if (price.recurring?.usage_type === 'metered') return `by use, per ${cadenceOf(price)}`;
  return `${formatAmount(amountFor(requirePriceIn(context, price, currency), quantity), currency)} per ${cadenceOf(price)}`;
}

/** The name of the product that a price sells. */
export function productName(context: Context, price: AnyPrice): string {
  return context.objects(products).get(price.product)?.name ?? 'Plan';
}

/** `Professional × 3` */
export function itemText(context: Context, item: SubscriptionItem): string {
  const quantity = item.quantity ?? 1;
  return `${productName(context, item.price)}${quantity === 1 ? '' : ` × ${quantity}`}`;
}

/** What comes next for a subscription, in a sentence. */
export function outlook(subscription: Subscription): string {
  const { cancel_at: end, pause_collection: paused, status, trial_end: trial } = subscription;
  if (status === 'incomplete') return 'It begins once its first invoice is paid.';
  if (status === 'paused') return 'It is paused.';
  if (end !== null) return `It will be canceled on ${dateText(end)}.`;
  if (status === 'past_due' || status === 'unpaid') return 'The latest invoice is not paid.';
  if (status === 'trialing' && trial !== null) return `The free trial ends on ${dateText(trial)}.`;
  const renewal = `It renews on ${dateText(earliestPeriodEnd(subscription))}.`;
  return paused === null ? renewal : `${renewal} Its invoices are not collected.`;
}

/** The card that a subscription is charged to, or null. */
export function cardOf(context: Context, subscription: Subscription): string | null {
  const method = context.objects(paymentMethods).get(paymentMethodFor(context, subscription) ?? '');
  return method === undefined ? null : cardText(method);
}

/** The page on which an unpaid latest invoice can be paid, or null. */
export function unpaidInvoicePage(context: Context, subscription: Subscription): string | null {
  const invoice = context.objects(invoices).get(subscription.latest_invoice ?? '');
  if (invoice === undefined || invoice.status !== 'open') return null;
  return `/hosted/invoices/${invoice.sandbox.secret}`;
}
