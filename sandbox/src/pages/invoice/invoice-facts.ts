import { type Invoice, type InvoiceLine, invoices } from '../../objects/invoice/invoice-type.js';
import { dateText } from '../layout.js';
import { type PageCall } from '../page.js';
import { PageNotFound } from '../page-not-found.js';

/** The invoice whose page an address names, its test clock in use. */
export function invoiceAt(call: PageCall): Invoice {
  const [invoice] = call.context.objects(invoices).where('secret', call.names.secret ?? '');
  if (invoice === undefined) throw new PageNotFound();
  call.context.useTestClock(invoice.test_clock);
  return invoice;
}

/** Whether a person can pay it. */
export function isPayable(invoice: Invoice): boolean {
  return (invoice.status === 'open' || invoice.status === 'uncollectible') && invoice.amount_remaining > 0;
}

/** The dates of an invoice: label → date. */
export function datesOf(invoice: Invoice): [label: string, date: string][] {
  const { finalized_at: issued, paid_at: paid } = invoice.status_transitions;
  const dates: [string, number | null | undefined][] = [
    ['Date of issue', invoice.effective_at ?? issued],
    ['Date due', invoice.status === 'paid' ? null : (invoice.due_date ?? issued)],
    ['Date paid', paid],
  ];
  return dates.flatMap(([label, at]) => (at === null || at === undefined ? [] : [[label, dateText(at)]]));
}

/** Whom an invoice is for, line by line. */
export function billedTo(invoice: Invoice): string[] {
  const address = invoice.customer_address;
  return [
    invoice.customer_name,
    address?.line1,
    address?.line2,
    [address?.postal_code, address?.city].filter(Boolean).join(' '),
    address?.state,
    address?.country,
    invoice.customer_email,
  ].filter((part): part is string => typeof part === 'string' && part !== '');
}

/** The time that a line is for; null when it is for a moment only. */
export function periodText({ period }: InvoiceLine): string | null {
  return period.start === period.end ? null : `${dateText(period.start)} – ${dateText(period.end)}`;
}

/** The sums of an invoice, top to bottom: label → minor units. */
export function sumsOf(invoice: Invoice): [label: string, amount: number][] {
  const discount = (invoice.total_discount_amounts ?? []).reduce((sum, entry) => sum + entry.amount, 0);
  const credited = invoice.pre_payment_credit_notes_amount;
  const balance = invoice.amount_due - (invoice.total - credited);
  const sums: [string, number][] = [['Subtotal', invoice.subtotal]];
  if (discount > 0) sums.push(['Discount', -discount]);
  sums.push(['Total', invoice.total]);
  if (credited > 0) sums.push(['Credit notes', -credited]);
  if (balance !== 0) sums.push([balance < 0 ? 'Applied balance' : 'Credited to the balance', balance]);
  sums.push(['Amount due', invoice.amount_due]);
  if (invoice.amount_paid > 0) sums.push(['Amount paid', invoice.amount_paid]);
  return sums;
}

/** The invoice's number, for titles and file names. */
export function numberOf(invoice: Invoice): string {
  return invoice.number ?? invoice.id;
}
