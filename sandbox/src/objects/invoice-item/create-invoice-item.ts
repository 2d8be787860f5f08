import { invalidRequest } from '../../errors/stripe-error.js';
import { type Values, mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { amountFor } from '../../rules/amounts.js';
import { requireCustomer } from '../customer/customer-type.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { type Invoice, invoices } from '../invoice/invoice-type.js';
import { insertPrice } from '../price/create-price.js';
import { type Price, prices } from '../price/price-type.js';
import { products } from '../product/product-type.js';
import { subscriptions } from '../subscription/subscription-type.js';
import { type Sent, type createParameters } from './invoice-item-parameters.js';
import { type InvoiceItem } from './invoice-item-type.js';

function priceOf(context: Context, sent: Sent): Price | null {
  if (sent.price_data !== undefined) {
    context.objects(products).require(sent.price_data.product, 'price_data[product]');
    return insertPrice(context, sent.price_data);
  }
  if (sent.pricing?.price === undefined) return null;
  const price = context.objects(prices).require(sent.pricing.price, 'pricing[price]');
  if (price.recurring === null) return price;
  throw invalidRequest(
    'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
    {
      param: 'pricing[price]',
    },
  );
}

/** Amount, unit amount and pricing of an item: by a price, a unit amount, or an amount as it is. */
export function amountsOf(
  context: Context,
  sent: Sent,
): Pick<InvoiceItem, 'amount' | 'pricing' | 'quantity' | 'quantity_decimal'> & { price: Price | null } {
  const price = priceOf(context, sent);
  const quantity = sent.quantity ?? 1;
  const shared = { price, quantity, quantity_decimal: String(quantity) };
  if (price !== null) {
    return {
      ...shared,
      amount: amountFor({ ...price, tiers: price.sandbox.tiers ?? [] }, quantity),
      pricing: {
        type: 'price_details',
        price_details: { price: price.id, product: price.product },
        unit_amount_decimal: price.unit_amount_decimal,
      },
    };
  }
  const unit = sent.unit_amount_decimal ?? (sent.amount === undefined ? undefined : String(sent.amount));
  if (unit === undefined) {
    throw invalidRequest('You must pass one of: amount, pricing, price_data, unit_amount_decimal.', {
      code: 'parameter_missing',
      param: 'amount',
    });
  }
  if (sent.amount !== undefined && sent.quantity !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: amount, quantity.', { param: 'amount' });
  }
  const rate = { billing_scheme: 'per_unit', unit_amount_decimal: unit, tiers_mode: null, transform_quantity: null };
  return {
    ...shared,
    amount: amountFor(rate, quantity),
    pricing: { type: 'price_details', unit_amount_decimal: unit },
  };
}

export function draftOf(context: Context, id: string | undefined | null): Invoice | null {
  if (id === undefined || id === null) return null;
  const invoice = context.objects(invoices).require(id, 'invoice');
  if (invoice.status === 'draft') return invoice;
  throw invalidRequest('The invoice has been finalized and can no longer be changed.', {
    code: 'invoice_not_editable',
    param: 'invoice',
  });
}

export function createItem(context: Context, sent: Values<typeof createParameters>): InvoiceItem {
  const customer = requireCustomer(context, sent.customer);
  const draft = draftOf(context, sent.invoice);
  if (sent.subscription !== undefined) context.objects(subscriptions).require(sent.subscription, 'subscription');
  const { price, ...amounts } = amountsOf(context, sent);
  const code = price?.currency ?? sent.currency ?? draft?.currency ?? customer.currency ?? 'usd';
  if (draft !== null && draft.currency !== code) {
    throw invalidRequest(`The invoice item's currency must be the invoice's: ${draft.currency}.`, {
      param: 'currency',
    });
  }
  const id = context.newId('ii');
  const computed = computeDiscounts(context, sent.discounts ?? [], {
    customer: customer.id,
    currency: code,
    invoice_item: id,
  });
  redeemDiscounts(context, computed);
  return {
    ...amounts,
    id,
    object: 'invoiceitem',
    currency: code,
    customer: customer.id,
    customer_account: null,
    date: context.now(),
    description:
      sent.description ?? (price === null ? null : (context.objects(products).get(price.product)?.name ?? null)),
    discountable: sent.discountable ?? amounts.amount >= 0,
    discounts: computed.map((discount) => discount.id),
    invoice: draft?.id ?? null,
    livemode: false,
    metadata: mergeMetadata({}, sent.metadata),
    net_amount: amounts.amount,
    parent:
      sent.subscription === undefined
        ? null
        : { type: 'subscription_details', subscription_details: { subscription: sent.subscription } },
    period: sent.period ?? { start: context.now(), end: context.now() },
    proration: false,
    tax_rates: [],
    test_clock: customer.test_clock ?? null,
  };
}
