import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { invoiceItems } from '../invoice-item/invoice-item-type.js';
import { withDiscounts, withSettings } from './compute-invoice-settings.js';
import { type InvoiceUpdateParameters } from './invoice-parameters.js';
import { type Invoice } from './invoice-type.js';
import { saveInvoice, storeInvoice } from './save-invoice.js';

const FINALIZED_MAY_CHANGE = new Set([
  'auto_advance',
  'default_payment_method',
  'description',
  'due_date',
  'footer',
  'metadata',
  'automatically_finalizes_at',
]);

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
