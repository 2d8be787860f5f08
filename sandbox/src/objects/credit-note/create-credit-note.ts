import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { charges } from '../charge/charge-type.js';
import { changeBalance } from '../customer-balance-transaction/change-balance.js';
import { invoicePayments } from '../invoice-payment/invoice-payment-type.js';
import { changeAmountToPay } from '../invoice/invoice-collection.js';
import { type Invoice, invoices } from '../invoice/invoice-type.js';
import { saveInvoice } from '../invoice/save-invoice.js';
import { settleInvoice } from '../invoice/settle-invoice.js';
import { paymentIntents } from '../payment-intent/payment-intent-type.js';
import { refundCharge } from '../refund/create-refund.js';
import { computeCreditNote } from './compute-credit-note.js';
import { type CreditNoteParameters } from './credit-note-parameters.js';
import { type CreditNote, creditNotes } from './credit-note-type.js';

/** Refunds part of the charge that paid an invoice. */
function refundPayment(context: Context, invoice: Invoice, amount: number): string {
  const paid = context
    .objects(invoicePayments)
    .where('invoice', invoice.id)
    .find((payment) => payment.status === 'paid');
  const intent = context.objects(paymentIntents).get(paid?.payment.payment_intent ?? '');
  const charge = context.objects(charges).get(intent?.latest_charge ?? '');
  if (charge === undefined) {
    throw invalidRequest('The invoice was not paid by a charge that could be refunded.', { param: 'refund_amount' });
  }
  return refundCharge(context, charge, { amount, reason: 'requested_by_customer' }).id;
}

/** Changes what an invoice that is not paid yet has to be paid; with nothing left it is paid. */
function changeDue(context: Context, invoice: Invoice, credited: number): void {
  const after = saveInvoice(context, invoice, {
    ...invoice,
    amount_due: invoice.amount_due - credited,
    amount_remaining: invoice.amount_remaining - credited,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + credited,
  });
  changeAmountToPay(context, after);
  if (after.amount_remaining === 0) settleInvoice(context, context.objects(invoices).require(after.id));
}

/** Issues a credit note with its effects on the invoice, the charge and the balance; emits `credit_note.created`. */
export function issueCreditNote(context: Context, invoice: Invoice, sent: CreditNoteParameters): CreditNote {
  const computed = computeCreditNote(context, invoice, sent);
  const { currency, id } = computed;
  const refund = sent.refund_amount ? refundPayment(context, invoice, sent.refund_amount) : null;
  const made =
    refund === null
      ? []
      : [{ amount_refunded: sent.refund_amount ?? 0, payment_record_refund: null, refund, type: 'refund' }];
  const change = { amount: -(sent.credit_amount ?? 0), currency, type: 'credit_note', credit_note: id };
  const credit = sent.credit_amount
    ? changeBalance(context, computed.customer, { ...change, invoice: invoice.id })
    : null;
  const note = context.objects(creditNotes).insert({
    ...computed,
    customer_balance_transaction: credit?.id ?? null,
    refunds: [...computed.refunds, ...made],
  });
  context.emit('credit_note.created', note);
  if (note.post_payment_amount > 0) {
    const credited = invoice.post_payment_credit_notes_amount + note.post_payment_amount;
    saveInvoice(context, invoice, { ...invoice, post_payment_credit_notes_amount: credited });
  }
  const current = context.objects(invoices).require(invoice.id);
  if (note.pre_payment_amount > 0) changeDue(context, current, note.pre_payment_amount);
  return note;
}

/** Takes back a credit note of an invoice that is still open; emits `credit_note.voided`. */
export function voidCreditNote(context: Context, note: CreditNote): CreditNote {
  const invoice = context.objects(invoices).require(note.invoice);
  if (note.status !== 'issued' || note.type !== 'pre_payment' || invoice.status !== 'open') {
    throw invalidRequest('You can only void a credit note of an open invoice that has not been voided already.');
  }
  const after = context.objects(creditNotes).update(note.id, { status: 'void', voided_at: context.now() });
  context.emit('credit_note.voided', after);
  changeDue(context, invoice, -note.pre_payment_amount);
  return after;
}
