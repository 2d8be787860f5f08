import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { formatAmount } from '../../rules/currencies.js';
import { type Invoice } from '../invoice/invoice-type.js';
import { refunds } from '../refund/refund-type.js';
import { amountLine, creditLines } from './compute-credit-note-lines.js';
import { type CreditNoteParameters } from './credit-note-parameters.js';
import { type CreditNote, type CreditNoteLine, creditNotes } from './credit-note-type.js';

const CREDITABLE = new Set(['open', 'paid', 'uncollectible']);

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

function linesOf(invoice: Invoice, sent: CreditNoteParameters): CreditNoteLine[] {
  if (sent.amount !== undefined && sent.lines === undefined) return [amountLine(sent.amount)];
  if (sent.lines === undefined || sent.lines.length === 0) {
    throw invalidRequest('One of `amount`, `lines`, or `shipping_cost` must be provided.', { param: 'amount' });
  }
  return creditLines(invoice, sent.lines);
}

/** What credit notes have not credited yet of an invoice, in minor units. */
function creditableAmount(context: Context, invoice: Invoice): number {
  const issued = context
    .objects(creditNotes)
    .where('invoice', invoice.id)
    .filter((note) => note.status === 'issued');
  return invoice.total - sum(issued.map((note) => note.total));
}

function perDiscount(lines: readonly CreditNoteLine[]): CreditNote['discount_amounts'] {
  const totals = new Map<string, number>();
  for (const { discount, amount } of lines.flatMap((line) => line.discount_amounts)) {
    totals.set(discount, (totals.get(discount) ?? 0) + amount);
  }
  return [...totals].map(([discount, amount]) => ({ amount, discount }));
}

/** Refunds that exist already and are counted towards the credit note. */
function linkedRefunds(context: Context, sent: CreditNoteParameters): CreditNote['refunds'] {
  return (sent.refunds ?? []).map((entry, position) => {
    const refund = context.objects(refunds).require(entry.refund, `refunds[${position}][refund]`);
    const amount_refunded = entry.amount_refunded ?? refund.amount;
    return { amount_refunded, payment_record_refund: null, refund: refund.id, type: 'refund' };
  });
}

/** What goes back to the customer must be said exactly: the parts add up to the amount that was paid already. */
function checkParts(sent: CreditNoteParameters, linked: CreditNote['refunds'], post: number, currency: string): void {
  const parts = [sent.credit_amount ?? 0, sent.refund_amount ?? 0, sent.out_of_band_amount ?? 0];
  const given = sum([...parts, ...linked.map((refund) => refund.amount_refunded)]);
  if (given === post) return;
  const text = (amount: number): string => formatAmount(String(amount), currency);
  throw invalidRequest(
    `The sum of credit amount, refund amount and out of band amount (${text(given)}) must equal the post payment ` +
      `credit note amount (${text(post)}).`,
    { param: 'credit_amount' },
  );
}

function typeOf(pre: number, post: number): CreditNote['type'] {
  if (post === 0) return 'pre_payment';
  return pre === 0 ? 'post_payment' : 'mixed';
}

function checkInvoice(context: Context, invoice: Invoice, total: number): void {
  if (!CREDITABLE.has(invoice.status ?? '')) {
    throw invalidRequest(
      `You can only issue a credit note for an invoice that is open, paid or uncollectible; this one is ${invoice.status}.`,
      { param: 'invoice' },
    );
  }
  if (total <= 0) throw invalidRequest('The credit note must be for an amount above zero.', { param: 'amount' });
  const left = creditableAmount(context, invoice);
  if (total <= left) return;
  throw invalidRequest(
    `The credit note amount (${formatAmount(String(total), invoice.currency)}) is greater than what can be credited of ` +
      `the invoice (${formatAmount(String(Math.max(0, left)), invoice.currency)}).`,
    { param: 'amount' },
  );
}

/** `4F2A9B1C-0001-CN-01`. */
function numberOf(context: Context, invoice: Invoice): string {
  const position = context.objects(creditNotes).count('invoice', invoice.id) + 1;
  return `${invoice.number}-CN-${String(position).padStart(2, '0')}`;
}

/**
 * Checks and computes a credit note; stores nothing. It first reduces what the invoice still has to be paid; what
 * exceeds that goes back to the customer.
 */
export function computeCreditNote(context: Context, invoice: Invoice, sent: CreditNoteParameters): CreditNote {
  const lines = linesOf(invoice, sent);
  const subtotal = sum(lines.map((line) => line.amount));
  const discount = sum(lines.map((line) => line.discount_amount));
  const total = subtotal - discount;
  if (sent.amount !== undefined && sent.amount !== total) {
    throw invalidRequest('The amount must equal the sum of the lines.', { param: 'amount' });
  }
  checkInvoice(context, invoice, total);
  const pre = Math.min(total, invoice.amount_remaining);
  const linked = linkedRefunds(context, sent);
  checkParts(sent, linked, total - pre, invoice.currency);
  const id = context.newId('cn');
  return {
    id,
    object: 'credit_note',
    amount: total,
    amount_shipping: 0,
    created: context.now(),
    currency: invoice.currency,
    customer: invoice.customer ?? '',
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: discount,
    discount_amounts: perDiscount(lines),
    effective_at: sent.effective_at ?? context.now(),
    invoice: invoice.id,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: false,
    memo: sent.memo ?? null,
    metadata: mergeMetadata({}, sent.metadata),
    number: numberOf(context, invoice),
    out_of_band_amount: sent.out_of_band_amount ?? null,
    pdf: `${context.url}/hosted/credit_notes/${id}/pdf`,
    post_payment_amount: total - pre,
    pre_payment_amount: pre,
    pretax_credit_amounts: perDiscount(lines).map((entry) => ({ ...entry, type: 'discount' })),
    reason: sent.reason ?? null,
    refunds: linked,
    shipping_cost: null,
    status: 'issued',
    subtotal,
    subtotal_excluding_tax: subtotal,
    total,
    total_excluding_tax: total,
    total_taxes: [],
    type: typeOf(pre, total - pre),
    voided_at: null,
  };
}
