import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { amountFor } from '../../rules/amounts.js';
import { type InvoiceItem } from '../invoice-item/invoice-item-type.js';
import { insertPrice } from '../price/create-price.js';
import { priceIn } from '../price/price-in-currency.js';
import { type Price, prices } from '../price/price-type.js';
import { products } from '../product/product-type.js';
import { earliestPeriodEnd, latestPeriodStart } from '../subscription-item/item-periods.js';
import { type AddedInvoiceItem } from './subscription-parameters.js';
import { type Subscription } from './subscription-type.js';

function priceOf(context: Context, entry: AddedInvoiceItem, param: string): Price {
  if ((entry.price === undefined) === (entry.price_data === undefined)) {
    throw invalidRequest('You must specify exactly one of: price, price_data.', { param });
  }
  if (entry.price_data !== undefined) {
    context.objects(products).require(entry.price_data.product, `${param}[price_data][product]`);
    return insertPrice(context, entry.price_data);
  }
  const price = context.objects(prices).require(entry.price ?? '', `${param}[price]`);
  if (price.recurring !== null) {
    throw invalidRequest(
      'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
      { param: `${param}[price]` },
    );
  }
  return price;
}

/** The one-time items of `add_invoice_items`, as invoice items for the subscription's next invoice; not stored yet. */
export function addedInvoiceItems(
  context: Context,
  subscription: Subscription,
  entries: readonly AddedInvoiceItem[],
): InvoiceItem[] {
  return entries.map((entry, position) => {
    const price = priceOf(context, entry, `add_invoice_items[${position}]`);
    const priced = priceIn(context, price, subscription.currency);
    if (priced === undefined) {
      throw invalidRequest('The price must have the currency of the subscription.', {
        param: `add_invoice_items[${position}]`,
      });
    }
    const quantity = entry.quantity ?? 1;
    const amount = amountFor(priced, quantity);
    return {
      id: context.newId('ii'),
      object: 'invoiceitem',
      amount,
      currency: subscription.currency,
      customer: subscription.customer,
      customer_account: null,
      date: context.now(),
      description: context.objects(products).get(price.product)?.name ?? null,
      discountable: entry.discountable ?? true,
      discounts: [],
      invoice: null,
      livemode: false,
      metadata: mergeMetadata({}, entry.metadata),
      net_amount: amount,
      parent: { type: 'subscription_details', subscription_details: { subscription: subscription.id } },
      period: { start: latestPeriodStart(subscription), end: earliestPeriodEnd(subscription) },
      pricing: {
        type: 'price_details',
        price_details: { price: price.id, product: price.product },
        unit_amount_decimal: priced.unit_amount_decimal,
      },
      proration: false,
      quantity,
      quantity_decimal: String(quantity),
      tax_rates: [],
      test_clock: subscription.test_clock,
    };
  });
}
