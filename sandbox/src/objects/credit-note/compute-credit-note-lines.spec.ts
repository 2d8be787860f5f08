import { describe, expect, it } from '@jest/globals';
import { type Invoice } from '../invoice/invoice-type.js';
import { amountLine, creditLines } from './compute-credit-note-lines.js';

const invoice = {
  lines: {
    data: [
      {
        id: 'il_1',
        amount: 1000,
        description: '4 × Seat',
        quantity: 4,
        discount_amounts: [{ discount: 'di_1', amount: 100 }],
      },
    ],
  },
} as unknown as Invoice;

describe('the lines of a credit note', () => {
  it('credit a part of a line, with the same part of its discounts', () => {
    const [line] = creditLines(invoice, [{ type: 'invoice_line_item', invoice_line_item: 'il_1', quantity: 1 }]);
    expect(line).toMatchObject({
      amount: 250,
      discount_amount: 25,
      discount_amounts: [{ discount: 'di_1', amount: 25 }],
      description: '4 × Seat',
      quantity: 1,
    });
  });

  it('credit a line as a whole when nothing else is said', () => {
    const [line] = creditLines(invoice, [{ type: 'invoice_line_item', invoice_line_item: 'il_1' }]);
    expect(line).toMatchObject({ amount: 1000, discount_amount: 100, quantity: 4 });
  });

  it('credit an amount, or what is not on the invoice', () => {
    expect(amountLine(300)).toMatchObject({ amount: 300, quantity: 1, type: 'custom_line_item', unit_amount: 300 });
    const [line] = creditLines(invoice, [
      { type: 'custom_line_item', unit_amount_decimal: '2.5', quantity: 3, description: 'Sorry' },
    ]);
    expect(line).toMatchObject({ amount: 8, quantity: 3, description: 'Sorry', unit_amount_decimal: '2.5' });
  });

  it.each([
    ['a line that is not there', { type: 'invoice_line_item', invoice_line_item: 'il_2' }, 'No such invoice line item'],
    [
      'more than there was',
      { type: 'invoice_line_item', invoice_line_item: 'il_1', quantity: 5 },
      'that of the invoice',
    ],
    ['too much', { type: 'invoice_line_item', invoice_line_item: 'il_1', amount: 1001 }, 'that of the invoice'],
    [
      'an amount and a quantity',
      { type: 'invoice_line_item', invoice_line_item: 'il_1', amount: 1, quantity: 1 },
      'amount, quantity',
    ],
    ['a line of its own without a price', { type: 'custom_line_item' }, 'A custom line item takes'],
  ] as const)('refuse %s', (_name, sent, message) => {
    expect(() => creditLines(invoice, [sent])).toThrow(message);
  });
});
