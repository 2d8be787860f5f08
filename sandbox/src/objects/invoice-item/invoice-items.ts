import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, boolean, mergeMetadata, string, unsupported } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { changed } from '../common-parameters.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { addToDraft, replaceOnDraft } from '../invoice/change-draft.js';
import { amountsOf, createItem, draftOf } from './create-invoice-item.js';
import { createParameters, updateParameters } from './invoice-item-parameters.js';
import { invoiceItems } from './invoice-item-type.js';

const create = route({
  method: 'POST',
  path: '/v1/invoiceitems',
  parameters: createParameters,
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
  parameters: updateParameters,
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
    const computed = computeDiscounts(context, sent.discounts ?? [], {
      customer: before.customer,
      currency: before.currency,
      invoice_item: before.id,
    });
    redeemDiscounts(context, computed);
    const after = context.objects(invoiceItems).update(before.id, {
      ...amounts,
      ...('amount' in amounts ? { net_amount: amounts.amount } : {}),
      description: changed(sent.description, before.description),
      discountable: sent.discountable ?? before.discountable,
      discounts: sent.discounts === undefined ? before.discounts : computed.map((discount) => discount.id),
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
