import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { invoiceItems } from '../invoice-item/invoice-item-type.js';
import { subscriptions } from '../subscription/subscription-type.js';
import { invoiceItemLine } from './compute-invoice-lines.js';
import { withDiscounts, withSettings } from './compute-invoice-settings.js';
import { type ComputedInvoice, pendingItems } from './compute-subscription-invoice.js';
import { draftInvoice } from './draft-invoice.js';
import { type InvoiceCreateParameters } from './invoice-parameters.js';
import { type Invoice } from './invoice-type.js';
import { storeInvoice } from './save-invoice.js';

/** Stores a computed invoice and takes the invoice items that it bills; emits `invoice.created`. */
export function createInvoice(context: Context, computed: ComputedInvoice): Invoice {
  for (const item of computed.invoiceItems) {
    context.objects(invoiceItems).update(item.id, { invoice: computed.invoice.id });
  }
  const invoice = storeInvoice(context, computed.invoice);
  context.emit('invoice.created', invoice);
  return invoice;
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
