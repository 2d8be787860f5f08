import { type Context } from '../../kernel/context.js';
import { type Invoice, invoices } from './invoice-type.js';

/** The one kind of due work of invoices: finalization, a retry, or the due date. */
export const INVOICE_DUE = 'invoice.advance';

/** The next moment at which something happens to an invoice by itself, or null. */
function nextMoment(invoice: Invoice): number | null {
  if (invoice.status === 'draft') return invoice.auto_advance === true ? invoice.automatically_finalizes_at : null;
  if (invoice.status !== 'open') return null;
  if (invoice.collection_method === 'send_invoice') return invoice.sandbox.overdue ? null : invoice.due_date;
  return invoice.next_payment_attempt;
}

/** Stores an invoice and sets when it is looked at next; emits nothing. */
export function storeInvoice(context: Context, invoice: Invoice): Invoice {
  context.objects(invoices).replace(invoice);
  const next = nextMoment(invoice);
  if (next === null) context.clearDue(INVOICE_DUE, invoice.id);
  else if (context.dueAt(INVOICE_DUE, invoice.id) !== next) context.setDue(INVOICE_DUE, invoice.id, next);
  return invoice;
}

/** Stores an invoice and emits `invoice.updated` when the API shows a difference. */
export function saveInvoice(context: Context, before: Invoice, after: Invoice): Invoice {
  storeInvoice(context, after);
  context.emitUpdated('invoice.updated', before, after);
  return after;
}
