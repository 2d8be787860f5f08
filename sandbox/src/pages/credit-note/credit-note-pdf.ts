import { type CreditNote, creditNotes } from '../../objects/credit-note/credit-note-type.js';
import { type Invoice, invoices } from '../../objects/invoice/invoice-type.js';
import { billingPdf } from '../billing-pdf.js';
import { billedTo, numberOf } from '../invoice/invoice-facts.js';
import { dateText } from '../layout.js';
import { PageNotFound } from '../page-not-found.js';
import { type PageRoute } from '../page.js';

function factsOf(note: CreditNote, invoice: Invoice): [label: string, value: string][] {
  const facts: [string, string][] = [
    ['Credit note number', note.number],
    ['Invoice number', numberOf(invoice)],
    ['Date of issue', dateText(note.effective_at ?? note.created)],
  ];
  if (note.voided_at !== null) facts.push(['Date voided', dateText(note.voided_at)]);
  return facts;
}

/** The sums of a credit note and where its amount went, top to bottom. */
function sumsOf(note: CreditNote): [label: string, amount: number][] {
  const refunded = note.refunds.reduce((sum, refund) => sum + refund.amount_refunded, 0);
  const outside = note.out_of_band_amount ?? 0;
  const balance = note.post_payment_amount - refunded - outside;
  const sums: [string, number][] = [['Subtotal', note.subtotal]];
  if (note.discount_amount > 0) sums.push(['Discount', -note.discount_amount]);
  sums.push(['Total credited', note.total]);
  if (note.pre_payment_amount > 0) sums.push(['Taken off the invoice', note.pre_payment_amount]);
  if (refunded > 0) sums.push(['Refunded', refunded]);
  if (balance > 0) sums.push(['Credited to the balance', balance]);
  if (outside > 0) sums.push(['Credited outside of Stripe', outside]);
  return sums;
}

function creditNotePdf(note: CreditNote, invoice: Invoice): Promise<Buffer> {
  return billingPdf({
    title: 'Credit note',
    number: note.number,
    issuedAt: note.effective_at ?? note.created,
    currency: note.currency,
    facts: factsOf(note, invoice),
    billedTo: billedTo(invoice),
    headline: [note.total, note.status === 'void' ? 'void' : 'credited'],
    lines: note.lines.data.map(({ description, quantity, amount }) => ({
      description: description ?? `Credit for invoice ${numberOf(invoice)}`,
      quantity,
      amount,
      period: null,
    })),
    sums: sumsOf(note),
    mainSum: 'Total credited',
    footer: note.memo,
  });
}

/** `pdf` of a credit note. */
export const creditNotePdfPage: PageRoute = {
  path: '/hosted/credit_notes/:note/pdf',
  show({ context, names }) {
    const note = context.objects(creditNotes).get(names.note ?? '');
    const invoice = note && context.objects(invoices).get(note.invoice);
    if (note === undefined || invoice === undefined) throw new PageNotFound();
    return {
      fileName: `CreditNote-${note.number}.pdf`,
      contentType: 'application/pdf',
      create: () => creditNotePdf(note, invoice),
    };
  },
};
