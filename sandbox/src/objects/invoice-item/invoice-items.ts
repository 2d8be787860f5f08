import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  boolean,
  currency,
  decimal,
  hash,
  integer,
  mergeMetadata,
  metadata,
  oneOf,
  required,
  string,
  timestamp,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { amountFor } from '../../rules/amounts.js';
import { changed } from '../common-parameters.js';
import { requireCustomer } from '../customer/customers.js';
import { discountsParameter, planDiscounts, redeemDiscounts } from '../discount/discounts.js';
import { addToDraft, replaceOnDraft } from '../invoice/change-invoice.js';
import { type Invoice, invoices } from '../invoice/invoice-type.js';
import { type Price, insertPrice, prices } from '../price/prices.js';
import { products } from '../product/products.js';
import { type Resource } from '../../http/resource.js';
import { subscriptions } from '../subscription/subscription-type.js';
import { type InvoiceItem, invoiceItems } from './invoice-item-type.js';

const common = {
  amount: integer(),
  description: string(),
  discountable: boolean(),
  discounts: discountsParameter,
  metadata: metadata(),
  period: hash({ end: required(timestamp()), start: required(timestamp()) }),
  price_data: hash({
    currency: required(currency()),
    product: required(string()),
    tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
    unit_amount: integer(),
    unit_amount_decimal: decimal(),
  }),
  pricing: hash({ price: string() }),
  quantity: integer({ min: 0 }),
  quantity_decimal: unsupported(),
  tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
  tax_code: unsupported(),
  tax_rates: unsupported(),
  unit_amount_decimal: decimal(),
};

const createShape = {
  ...common,
  currency: currency(),
  customer: required(string()),
  customer_account: unsupported(),
  invoice: string(),
  subscription: string(),
} satisfies DeclaredFor<Stripe.InvoiceItemCreateParams>;

const updateShape = {
  ...common,
  description: unsettable(string()),
  invoicing_rules: unsupported(),
} satisfies DeclaredFor<Stripe.InvoiceItemUpdateParams>;

type Sent = Omit<Values<typeof createShape>, 'customer' | 'description'>;

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
function amountsOf(
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

function draftOf(context: Context, id: string | undefined | null): Invoice | null {
  if (id === undefined || id === null) return null;
  const invoice = context.objects(invoices).require(id, 'invoice');
  if (invoice.status === 'draft') return invoice;
  throw invalidRequest('The invoice has been finalized and can no longer be changed.', {
    code: 'invoice_not_editable',
    param: 'invoice',
  });
}

function createItem(context: Context, sent: Values<typeof createShape>): InvoiceItem {
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
  const planned = planDiscounts(context, sent.discounts ?? [], {
    customer: customer.id,
    currency: code,
    invoice_item: id,
  });
  redeemDiscounts(context, planned);
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
    discounts: planned.map((discount) => discount.id),
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

const create = route({
  method: 'POST',
  path: '/v1/invoiceitems',
  parameters: createShape,
  handle({ context, parameters }) {
    const item = context.objects(invoiceItems).insert(createItem(context, parameters));
    context.emit('invoiceitem.created', item);
    const draft = draftOf(context, item.invoice);
    if (draft !== null) addToDraft(context, draft, item);
    return context.present(item);
  },
});

const path = '/v1/invoiceitems/:item';

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(context.objects(invoiceItems).require(names.item)),
});

const update = route({
  method: 'POST',
  path,
  parameters: updateShape,
  handle({ context, path: names, parameters: sent }) {
    const before = context.objects(invoiceItems).require(names.item);
    context.useTestClock(before.test_clock);
    const draft = draftOf(context, before.invoice);
    const repriced = ['amount', 'price_data', 'pricing', 'quantity', 'unit_amount_decimal'].some(
      (name) => name in sent,
    );
    const rate =
      sent.amount === undefined && sent.pricing === undefined && sent.price_data === undefined
        ? { unit_amount_decimal: before.pricing?.unit_amount_decimal ?? String(before.amount) }
        : {};
    const { price: _price, ...amounts } = repriced ? amountsOf(context, { ...rate, ...sent }) : { price: null };
    const planned = planDiscounts(context, sent.discounts ?? [], {
      customer: before.customer,
      currency: before.currency,
      invoice_item: before.id,
    });
    redeemDiscounts(context, planned);
    const after = context.objects(invoiceItems).update(before.id, {
      ...amounts,
      ...('amount' in amounts ? { net_amount: amounts.amount } : {}),
      description: changed(sent.description, before.description),
      discountable: sent.discountable ?? before.discountable,
      discounts: sent.discounts === undefined ? before.discounts : planned.map((discount) => discount.id),
      metadata: mergeMetadata(before.metadata ?? {}, sent.metadata),
      period: sent.period ?? before.period,
    });
    if (draft !== null) replaceOnDraft(context, draft, after.id, after);
    return context.present(after);
  },
});

const remove = route({
  method: 'DELETE',
  path,
  parameters: {},
  handle({ context, path: names }) {
    const item = context.objects(invoiceItems).require(names.item);
    context.useTestClock(item.test_clock);
    const draft = draftOf(context, item.invoice);
    if (draft !== null) replaceOnDraft(context, draft, item.id, null);
    context.objects(invoiceItems).remove(item.id);
    context.emit('invoiceitem.deleted', item);
    return { id: item.id, object: 'invoiceitem', deleted: true };
  },
});

const list = route({
  method: 'GET',
  path: '/v1/invoiceitems',
  parameters: {
    ...pagination,
    created: range,
    customer: string(),
    customer_account: unsupported(),
    invoice: string(),
    pending: boolean(),
  } satisfies DeclaredFor<Stripe.InvoiceItemListParams>,
  handle: ({ context, parameters: sent }) =>
    listPage(context, invoiceItems, sent, {
      url: '/v1/invoiceitems',
      among: sent.customer === undefined ? undefined : context.objects(invoiceItems).where('customer', sent.customer),
      filter: (item) =>
        inRange(item.date, sent.created) &&
        (sent.invoice === undefined || item.invoice === sent.invoice) &&
        (sent.pending === undefined || (item.invoice === null) === sent.pending),
    }),
});

export const invoiceItemResource: Resource = {
  types: [invoiceItems],
  routes: [create, retrieve, update, remove, list],
};
