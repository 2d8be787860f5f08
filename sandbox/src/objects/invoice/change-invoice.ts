import { mergeMetadata } from '../../http/parameters.js';
import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { requireCustomer } from '../customer/customers.js';
import { discounts, inForce, planDiscounts, redeemDiscounts } from '../discount/discounts.js';
import { type InvoiceItem, invoiceItems } from '../invoice-item/invoice-item-type.js';
import { requireMethodOf } from '../payment-method/create-payment-method.js';
import { createInvoice } from '../subscription/bill-subscription.js';
import { subscriptions } from '../subscription/subscription-type.js';
import { DRAFT_SECONDS, draftInvoice } from './draft-invoice.js';
import { invoiceItemLine } from './compute-invoice-lines.js';
import { type InvoiceCreateParameters, type InvoiceUpdateParameters } from './invoice-parameters.js';
import { type AppliedDiscounts, withLines } from './compute-invoice-totals.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';
import { saveInvoice, storeInvoice } from './save-invoice.js';
import { pendingItems } from './compute-subscription-invoice.js';

const FINALIZED_MAY_CHANGE = new Set([
  'auto_advance',
  'default_payment_method',
  'description',
  'due_date',
  'footer',
  'metadata',
  'automatically_finalizes_at',
]);

/** The discounts of an invoice and its lines, by the ids that they name. */
export function appliedDiscounts(
  context: Context,
  ids: readonly string[],
  lines: readonly InvoiceLine[],
): AppliedDiscounts {
  const load = (id: string) => {
    const discount = context.objects(discounts).get(id);
    return discount === undefined ? [] : (inForce(context, discount) ?? []);
  };
  const all = [...ids, ...lines.flatMap((line) => line.discounts)].flatMap(load);
  return { invoice: ids.flatMap(load), byId: new Map(all.map((discount) => [discount.id, discount])) };
}

/** The draft with other lines, its sums computed anew. */
export function withNewLines(context: Context, invoice: Invoice, lines: readonly InvoiceLine[]): Invoice {
  return withLines(invoice, lines, appliedDiscounts(context, invoice.discounts, lines));
}

/** Puts an invoice item on a draft; emits `invoice.updated`. */
export function addToDraft(context: Context, draft: Invoice, item: InvoiceItem): Invoice {
  const lines = [invoiceItemLine(item), ...draft.lines.data];
  const next = withNewLines(context, draft, lines);
  const sandbox = { ...next.sandbox, invoice_items: [item.id, ...next.sandbox.invoice_items] };
  return saveInvoice(context, draft, { ...next, sandbox });
}

/** Replaces the line of an invoice item on a draft, or takes it off; emits `invoice.updated`. */
export function replaceOnDraft(context: Context, draft: Invoice, itemId: string, item: InvoiceItem | null): Invoice {
  const lines = draft.lines.data.flatMap((line) => {
    if (invoiceItemOf(line) !== itemId) return [line];
    return item === null ? [] : [{ ...invoiceItemLine(item), id: line.id }];
  });
  const next = withNewLines(context, draft, lines);
  const ids = item === null ? next.sandbox.invoice_items.filter((id) => id !== itemId) : next.sandbox.invoice_items;
  return saveInvoice(context, draft, { ...next, sandbox: { ...next.sandbox, invoice_items: ids } });
}

/** The invoice item that a line comes from, or null. */
export function invoiceItemOf(line: InvoiceLine): string | null {
  const { parent } = line;
  return parent?.invoice_item_details?.invoice_item ?? parent?.subscription_item_details?.invoice_item ?? null;
}

function checkSettings(invoice: Invoice, sent: InvoiceUpdateParameters): void {
  if (sent.automatic_tax?.enabled === true) throw notSupported('automatic tax', 'automatic_tax[enabled]');
  const method = sent.collection_method ?? invoice.collection_method;
  if (method !== 'send_invoice' && (sent.days_until_due !== undefined || sent.due_date !== undefined)) {
    throw invalidRequest('You can only set `due_date` or `days_until_due` if `collection_method` is `send_invoice`.', {
      param: sent.due_date === undefined ? 'days_until_due' : 'due_date',
    });
  }
}

/** The invoice with the settings of a request. */
function withSettings(context: Context, invoice: Invoice, sent: InvoiceUpdateParameters): Invoice {
  checkSettings(invoice, sent);
  if (sent.default_payment_method !== undefined) {
    requireMethodOf(context, invoice.customer ?? '', sent.default_payment_method, 'default_payment_method');
  }
  const autoAdvance = sent.auto_advance ?? invoice.auto_advance;
  const finalizesAt = invoice.automatically_finalizes_at ?? invoice.created + DRAFT_SECONDS;
  return {
    ...invoice,
    auto_advance: autoAdvance,
    automatically_finalizes_at:
      invoice.status === 'draft' && autoAdvance === true ? (sent.automatically_finalizes_at ?? finalizesAt) : null,
    collection_method: sent.collection_method ?? invoice.collection_method,
    custom_fields: changed(sent.custom_fields, invoice.custom_fields),
    default_payment_method: sent.default_payment_method ?? invoice.default_payment_method,
    description: changed(sent.description, invoice.description),
    due_date: sent.due_date ?? invoice.due_date,
    effective_at: changed(sent.effective_at, invoice.effective_at),
    footer: changed(sent.footer, invoice.footer),
    metadata: mergeMetadata(invoice.metadata ?? {}, sent.metadata),
    number: sent.number ?? invoice.number,
    statement_descriptor: sent.statement_descriptor ?? invoice.statement_descriptor,
    sandbox: { ...invoice.sandbox, days_until_due: sent.days_until_due ?? invoice.sandbox.days_until_due },
  };
}

function withDiscounts(context: Context, invoice: Invoice, sent: InvoiceUpdateParameters): Invoice {
  if (sent.discounts === undefined) return invoice;
  const target = { customer: invoice.customer ?? '', currency: invoice.currency, invoice: invoice.id };
  const planned = planDiscounts(context, sent.discounts ?? [], target);
  redeemDiscounts(context, planned);
  return withNewLines(context, { ...invoice, discounts: planned.map((one) => one.id) }, invoice.lines.data);
}

function currencyFor(
  context: Context,
  sent: InvoiceCreateParameters,
  customerCurrency: string | null | undefined,
): string {
  const subscription =
    sent.subscription === undefined ? null : context.objects(subscriptions).require(sent.subscription, 'subscription');
  return sent.currency ?? subscription?.currency ?? customerCurrency ?? 'usd';
}

/** Creates a draft for a customer, by default with nothing on it; emits `invoice.created`. */
export function createManualInvoice(context: Context, sent: InvoiceCreateParameters): Invoice {
  const customer = requireCustomer(context, sent.customer);
  const currency = currencyFor(context, sent, customer.currency);
  const subscription =
    sent.subscription === undefined ? null : context.objects(subscriptions).require(sent.subscription);
  const include = sent.pending_invoice_items_behavior === 'include' || subscription !== null;
  const waiting = include ? pendingItems(context, customer.id, subscription?.id ?? null, currency) : [];
  if (subscription !== null && waiting.length === 0) {
    throw invalidRequest('Nothing to invoice for subscription', { code: 'invoice_no_subscription_line_items' });
  }
  const blank = draftInvoice(context, {
    customer,
    subscription,
    billingReason: 'manual',
    currency,
    lines: waiting.map(invoiceItemLine),
    discounts: { invoice: [], byId: new Map() },
    period: { start: context.now(), end: context.now() },
  });
  const owned = {
    ...blank,
    test_clock: customer.test_clock ?? null,
    sandbox: { ...blank.sandbox, invoice_items: waiting.map((item) => item.id) },
  };
  const settings = withSettings(context, { ...owned, auto_advance: false }, sent);
  return createInvoice(context, { invoice: withDiscounts(context, settings, sent), invoiceItems: waiting });
}

/** Changes a draft, or the few settings of a finalized invoice; emits `invoice.updated`. */
export function updateInvoice(context: Context, invoice: Invoice, sent: InvoiceUpdateParameters): Invoice {
  const fixed = Object.keys(sent).filter((name) => !FINALIZED_MAY_CHANGE.has(name));
  if (invoice.status !== 'draft' && fixed.length > 0) {
    throw invalidRequest(`Finalized invoices can't be updated in this way`, {
      code: 'invoice_not_editable',
      param: fixed[0],
    });
  }
  return saveInvoice(context, invoice, withDiscounts(context, withSettings(context, invoice, sent), sent));
}

/** Returns the invoice items of a draft that is deleted to the ones that wait. */
export function releaseItems(context: Context, draft: Invoice): void {
  for (const id of draft.sandbox.invoice_items) {
    if (context.objects(invoiceItems).get(id) !== undefined)
      context.objects(invoiceItems).update(id, { invoice: null });
  }
  storeInvoice(context, { ...draft, auto_advance: false });
}
