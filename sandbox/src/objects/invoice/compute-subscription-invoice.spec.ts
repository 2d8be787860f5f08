import { describe, expect, it } from '@jest/globals';
import { type InvoiceItem } from '../invoice-item/invoice-item-type.js';
import { type ItemDebit } from '../subscription/subscription-type.js';
import { debitsAfter, debitsAfterChange } from './compute-subscription-invoice.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';

const PERIOD = { start: 0, end: 100 };
const debit = (amount: number, fields: Partial<ItemDebit> = {}): ItemDebit => ({
  amount,
  period: PERIOD,
  quantity: 1,
  line: null,
  invoice_item: null,
  ...fields,
});
const item = (id: string, amount: number, fields: Partial<InvoiceItem> = {}): InvoiceItem =>
  ({
    id,
    amount,
    period: PERIOD,
    proration: true,
    quantity: 1,
    parent: { subscription_details: { subscription: 'sub_1', subscription_item: 'si_1' } },
    ...fields,
  }) as InvoiceItem;
const invoiceWith = (...data: object[]): Invoice => ({ id: 'in_1', lines: { data } }) as Invoice;
const line = (amount: number, invoiceItem: string | null): InvoiceLine =>
  ({
    id: 'il_1',
    amount,
    discount_amounts: [{ discount: 'di_1', amount: 100 }],
    period: PERIOD,
    quantity: 2,
    parent: { subscription_item_details: { subscription_item: 'si_1', invoice_item: invoiceItem } },
  }) as InvoiceLine;

describe('what was debited for an item', () => {
  it('is what the line of its period costs after discounts', () => {
    expect(debitsAfter({ si_1: [debit(5)], si_2: [debit(7)] }, invoiceWith(line(1000, null)))).toEqual({
      si_1: [debit(900, { quantity: 2, line: { invoice: 'in_1', id: 'il_1' } })],
      si_2: [debit(7)],
    });
  });

  it('stays when its invoice item is billed, and then names the line', () => {
    const waiting = { si_1: [debit(500, { invoice_item: 'ii_1' }), debit(300, { invoice_item: 'ii_2' })] };
    const billed = debitsAfter(waiting, invoiceWith(line(500, 'ii_1')));
    expect(billed.si_1?.map((one) => one.line)).toEqual([{ invoice: 'in_1', id: 'il_1' }, null]);
  });

  it('is gone when it was given back, and what took its place waits in its invoice item', () => {
    const changed = debitsAfterChange({ si_1: [debit(1000)] }, [item('ii_1', -500), item('ii_2', 700)]);
    expect(changed).toEqual({ si_1: [debit(700, { invoice_item: 'ii_2' })] });
  });

  it('does not change with invoice items that are no prorations, or of no item', () => {
    const debits = { si_1: [debit(1000)] };
    const added = item('ii_1', 900, { proration: false });
    expect(debitsAfterChange(debits, [added, item('ii_2', 800, { parent: null })])).toEqual(debits);
  });
});
