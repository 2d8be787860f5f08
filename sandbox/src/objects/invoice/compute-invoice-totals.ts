import { type DiscountAmount, type DiscountInForce, discountLines } from '../../rules/discounts.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';

/** A discount in force and the lines' own ones by id. */
export interface AppliedDiscounts {
  /** Of the whole invoice, in order. */
  readonly invoice: readonly DiscountInForce[];
  /** Every discount that a line may name, by id. */
  readonly byId: ReadonlyMap<string, DiscountInForce>;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

function withDiscounts(invoice: Invoice, line: InvoiceLine, taken: readonly DiscountAmount[]): InvoiceLine {
  const amounts = taken.map(({ discount, amount }) => ({ discount, amount }));
  // What is copied is frozen already, so that the copies share their layout once they are frozen in the store.
  return {
    ...Object.freeze(line),
    invoice: invoice.id,
    discount_amounts: amounts,
    pretax_credit_amounts: amounts.map((entry) => ({ ...entry, type: 'discount' })),
  };
}

/** What each discount takes off altogether. */
function perDiscount(lines: readonly InvoiceLine[]): { discount: string; amount: number }[] {
  const totals = new Map<string, number>();
  for (const { discount, amount } of lines.flatMap((line) => line.discount_amounts ?? [])) {
    totals.set(discount, (totals.get(discount) ?? 0) + amount);
  }
  return [...totals].map(([discount, amount]) => ({ discount, amount }));
}

/** The invoice with these lines, its discounts applied and all its sums. Its starting balance counts towards what is due. */
export function withLines(invoice: Invoice, lines: readonly InvoiceLine[], discounts: AppliedDiscounts): Invoice {
  const taken = discountLines(
    lines.map((line) => ({
      amount: line.amount,
      discountable: line.discountable,
      product: line.pricing?.price_details?.product ?? null,
      discounts: line.discounts.flatMap((id) => discounts.byId.get(id) ?? []),
    })),
    [...discounts.invoice],
    invoice.currency,
  );
  const discounted = lines.map((line, index) => withDiscounts(invoice, line, taken[index] ?? []));
  const totals = perDiscount(discounted);
  const subtotal = sum(lines.map((line) => line.amount));
  return withBalance({
    ...invoice,
    lines: { object: 'list', data: discounted, has_more: false, url: `/v1/invoices/${invoice.id}/lines` },
    subtotal,
    subtotal_excluding_tax: subtotal,
    total: subtotal - sum(totals.map((entry) => entry.amount)),
    total_excluding_tax: subtotal - sum(totals.map((entry) => entry.amount)),
    total_discount_amounts: totals,
    total_pretax_credit_amounts: totals.map((entry) => ({ ...entry, type: 'discount' })),
  });
}

/** What a line costs after its discounts, in minor units. */
export function netAmount(line: InvoiceLine): number {
  return line.amount - sum((line.discount_amounts ?? []).map((entry) => entry.amount));
}

/** The balance that the customer is left with: a credit (negative) that the invoice did not use up. */
export function balanceAfter(total: number, startingBalance: number): number {
  return Math.min(0, total + startingBalance);
}

/** The invoice with what is due after the customer's balance. */
export function withBalance(invoice: Invoice): Invoice {
  const due = Math.max(0, invoice.total + invoice.starting_balance);
  return { ...invoice, amount_due: due, amount_remaining: due };
}
