import { type Context } from '../../kernel/context.js';
import { changeBalance } from '../customer-balance-transaction/change-balance.js';
import { afterInvoiceVoided, afterInvoiceWrittenOff } from '../subscription/after-invoice.js';
import { cancelPayment } from './invoice-collection.js';
import { type Invoice, invoices } from './invoice-type.js';
import { storeInvoice } from './save-invoice.js';

/** Gives back the customer's balance that an invoice had used. */
function returnBalance(context: Context, invoice: Invoice): void {
  const used = (invoice.ending_balance ?? invoice.starting_balance) - invoice.starting_balance;
  if (used === 0 || invoice.customer === null) return;
  const { currency, id } = invoice;
  changeBalance(context, invoice.customer, { amount: -used, currency, type: 'unapplied_from_invoice', invoice: id });
}

/** Voids an open or uncollectible invoice; emits `invoice.voided`. */
export function voidInvoice(context: Context, invoice: Invoice): Invoice {
  cancelPayment(context, invoice);
  returnBalance(context, invoice);
  const before = context.objects(invoices).require(invoice.id);
  const after: Invoice = {
    ...before,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'void',
    status_transitions: { ...before.status_transitions, voided_at: context.now() },
  };
  storeInvoice(context, after);
  context.emitUpdated('invoice.updated', before, after);
  context.emit('invoice.voided', after);
  afterInvoiceVoided(context, after);
  return after;
}

/** Writes an open invoice off; emits `invoice.marked_uncollectible`. */
export function markUncollectible(context: Context, invoice: Invoice, reason: string): Invoice {
  const after: Invoice = {
    ...invoice,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'uncollectible',
    status_details: { uncollectible: { reason } },
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: context.now() },
  };
  storeInvoice(context, after);
  context.emitUpdated('invoice.updated', invoice, after);
  context.emit('invoice.marked_uncollectible', after);
  afterInvoiceWrittenOff(context, after);
  return after;
}

/** Stops the automatic collection of an open invoice, as when its subscription ends. */
export function stopCollection(context: Context, invoice: Invoice): void {
  if (invoice.auto_advance !== true && invoice.next_payment_attempt === null) return;
  const after: Invoice = { ...invoice, auto_advance: false, next_payment_attempt: null };
  storeInvoice(context, after);
  context.emitUpdated('invoice.updated', invoice, after);
}
