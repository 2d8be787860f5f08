import { type Invoice } from '../../objects/invoice/invoice-type.js';
import { billingPdf } from '../billing-pdf.js';
import { billedTo, datesOf, numberOf, periodText, sumsOf } from './invoice-facts.js';

/** The invoice as a PDF document. */
export function invoicePdf(invoice: Invoice): Promise<Buffer> {
  return billingPdf({
    title: 'Invoice',
    number: numberOf(invoice),
    issuedAt: invoice.effective_at ?? invoice.created,
    currency: invoice.currency,
    facts: [['Invoice number', numberOf(invoice)], ...datesOf(invoice)],
    billedTo: billedTo(invoice),
    headline: [invoice.amount_due, invoice.status === 'paid' ? 'paid' : 'due'],
    lines: invoice.lines.data.map((line) => ({
      description: line.description ?? 'Item',
      quantity: line.quantity,
      amount: line.amount,
      period: periodText(line),
    })),
    sums: sumsOf(invoice),
    mainSum: 'Amount due',
    footer: invoice.footer,
  });
}
