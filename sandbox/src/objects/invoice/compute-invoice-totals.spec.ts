import { describe, expect, it } from '@jest/globals';
import { balanceAfter, netAmount, withBalance, withLines } from './compute-invoice-totals.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';

const INVOICE = { id: 'in_1', currency: 'usd', starting_balance: 0, discounts: [] } as Partial<Invoice> as Invoice;

const line = (amount: number, fields: Partial<InvoiceLine> = {}): InvoiceLine =>
  ({ id: `il_${amount}`, amount, discountable: true, discounts: [], discount_amounts: [], ...fields }) as InvoiceLine;
const half = {
  id: 'di_half',
  coupon: {
    percent_off: 50,
    amount_off: null,
    currency: null,
    duration: 'forever',
    duration_in_months: null,
  },
} as const;
const NO_DISCOUNTS = { invoice: [], byId: new Map<string, typeof half>() };

describe('the sums of an invoice', () => {
  it('add up its lines, which then belong to it', () => {
    const invoice = withLines(INVOICE, [line(1000), line(-300)], NO_DISCOUNTS);
    expect(invoice).toMatchObject({ subtotal: 700, total: 700, amount_due: 700, amount_remaining: 700 });
    expect(invoice.lines).toMatchObject({ url: '/v1/invoices/in_1/lines', data: [{ invoice: 'in_1' }, {}] });
  });

  it('take the discounts of the invoice off its discountable lines', () => {
    const lines = [line(1000), line(300, { discountable: false })];
    const invoice = withLines(INVOICE, lines, { invoice: [half], byId: new Map([[half.id, half]]) });
    expect(invoice).toMatchObject({
      subtotal: 1300,
      total: 800,
      total_discount_amounts: [{ discount: half.id, amount: 500 }],
      total_pretax_credit_amounts: [{ discount: half.id, amount: 500, type: 'discount' }],
    });
    expect(invoice.lines.data.map(netAmount)).toEqual([500, 300]);
  });

  it('take the discounts of a line off that line alone', () => {
    const lines = [line(1000, { discounts: [half.id] }), line(600)];
    const invoice = withLines(INVOICE, lines, { invoice: [], byId: new Map([[half.id, half]]) });
    expect(invoice.lines.data.map(netAmount)).toEqual([500, 600]);
  });

  it.each([
    ['a credit that covers it', 700, -1000, 0, -300],
    ['a credit that covers a part', 700, -200, 500, 0],
    ['a debt, which is collected with it', 700, 50, 750, 0],
    ['an invoice that gives back', -700, 0, 0, -700],
  ])('count %s', (_name, total, balance, due, after) => {
    expect(withBalance({ ...INVOICE, total, starting_balance: balance })).toMatchObject({ amount_due: due });
    expect(balanceAfter(total, balance)).toBe(after);
  });
});
