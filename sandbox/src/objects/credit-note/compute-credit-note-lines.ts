import { mergeMetadata } from '../../http/parameters.js';
import { invalidRequest, resourceMissing } from '../../errors/stripe-error.js';
import { newId } from '../../kernel/context.js';
import { amountFor, divideRounded } from '../../rules/amounts.js';
import { type Invoice, type InvoiceLine } from '../invoice/invoice-type.js';
import { type CreditNoteLineParameters } from './credit-note-parameters.js';
import { type CreditNoteLine } from './credit-note-type.js';

const EMPTY = {
  object: 'credit_note_line_item',
  discount_amount: 0,
  discount_amounts: [],
  livemode: false,
  metadata: {},
  pretax_credit_amounts: [],
  tax_rates: [],
  taxes: [],
} satisfies Partial<CreditNoteLine>;

function onlyOne(left: unknown, right: unknown, names: string, param: string): void {
  if (left !== undefined && right !== undefined) {
    throw invalidRequest(`You may only specify one of these parameters: ${names}.`, { param });
  }
}

/** The single line of a credit note that is for an amount as a whole. */
export function amountLine(amount: number): CreditNoteLine {
  return {
    ...EMPTY,
    id: newId('cnli'),
    amount,
    description: null,
    quantity: 1,
    type: 'custom_line_item',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  };
}

function customLine(sent: CreditNoteLineParameters, param: string): CreditNoteLine {
  onlyOne(sent.unit_amount, sent.unit_amount_decimal, 'unit_amount, unit_amount_decimal', param);
  const unit = sent.unit_amount_decimal ?? (sent.unit_amount === undefined ? undefined : String(sent.unit_amount));
  if (unit === undefined || sent.invoice_line_item !== undefined || sent.amount !== undefined) {
    throw invalidRequest('A custom line item takes a `unit_amount` and a `quantity`.', { param });
  }
  const quantity = sent.quantity ?? 1;
  const rate = { billing_scheme: 'per_unit', unit_amount_decimal: unit, tiers_mode: null, transform_quantity: null };
  return {
    ...EMPTY,
    id: newId('cnli'),
    amount: amountFor(rate, quantity),
    description: sent.description ?? null,
    metadata: mergeMetadata({}, sent.metadata),
    quantity,
    type: 'custom_line_item',
    unit_amount: sent.unit_amount ?? null,
    unit_amount_decimal: unit,
  };
}

/** How much of an invoice's line is credited, before discounts. */
function creditedAmount(line: InvoiceLine, sent: CreditNoteLineParameters, param: string): number {
  onlyOne(sent.amount, sent.quantity, 'amount, quantity', param);
  if (sent.quantity === undefined) return sent.amount ?? line.amount;
  const quantity = line.quantity ?? 1;
  if (sent.quantity > quantity) {
    throw invalidRequest(`The quantity cannot be greater than that of the invoice line item: ${quantity}.`, { param });
  }
  return divideRounded(BigInt(line.amount) * BigInt(sent.quantity), BigInt(quantity));
}

/** The credit for a line of the invoice, with the same part of each of its discounts. */
function invoiceLineCredit(invoice: Invoice, sent: CreditNoteLineParameters, param: string): CreditNoteLine {
  const line = invoice.lines.data.find((candidate) => candidate.id === sent.invoice_line_item);
  if (line === undefined) {
    throw resourceMissing('invoice line item', sent.invoice_line_item ?? '', `${param}[invoice_line_item]`);
  }
  const amount = creditedAmount(line, sent, param);
  if (amount > line.amount) {
    throw invalidRequest('The amount cannot be greater than that of the invoice line item.', { param });
  }
  const discounts = (line.discount_amounts ?? []).map((entry) => ({
    amount: line.amount === 0 ? 0 : divideRounded(BigInt(entry.amount) * BigInt(amount), BigInt(line.amount)),
    discount: entry.discount,
  }));
  return {
    ...EMPTY,
    id: newId('cnli'),
    amount,
    description: line.description,
    discount_amount: discounts.reduce((sum, entry) => sum + entry.amount, 0),
    discount_amounts: discounts,
    invoice_line_item: line.id,
    metadata: mergeMetadata({}, sent.metadata),
    pretax_credit_amounts: discounts.map((entry) => ({ ...entry, type: 'discount' })),
    quantity: sent.amount === undefined ? (sent.quantity ?? line.quantity) : null,
    type: 'invoice_line_item',
    unit_amount: null,
    unit_amount_decimal: null,
  };
}

/** The lines that a request asks for. */
export function creditLines(invoice: Invoice, sent: readonly CreditNoteLineParameters[]): CreditNoteLine[] {
  return sent.map((entry, position) => {
    const param = `lines[${position}]`;
    return entry.type === 'custom_line_item' ? customLine(entry, param) : invoiceLineCredit(invoice, entry, param);
  });
}
