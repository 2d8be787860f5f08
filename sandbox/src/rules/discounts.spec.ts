import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CouponTerms, discountEnd, discountLines, fitsCurrency } from './discounts.js';

const coupon = (terms: Partial<CouponTerms>): CouponTerms => ({
  percent_off: null,
  amount_off: null,
  currency: null,
  duration: 'forever',
  duration_in_months: null,
  ...terms,
});
const percent = (percent_off: number, id = 'di_1') => ({ id, coupon: coupon({ percent_off }) });
const amount = (amount_off: number, id = 'di_1') => ({ id, coupon: coupon({ amount_off, currency: 'usd' }) });
const line = (value: number, product = 'prod_1', discountable = true) => ({ amount: value, discountable, product });
const off = (result: { amount: number }[][]): number[] =>
  result.map((amounts) => amounts.reduce((sum, one) => sum + one.amount, 0));

describe('discounts', () => {
  it('take a percentage off each line, rounded per line', () => {
    expect(off(discountLines([line(2900), line(5)], [percent(50)], 'usd'))).toEqual([1450, 3]);
  });

  it('take fractions of a percent', () => {
    expect(off(discountLines([line(10_000)], [percent(12.5)], 'usd'))).toEqual([1250]);
  });

  it('share an amount over the lines by their size, nothing lost', () => {
    expect(off(discountLines([line(100), line(200), line(700)], [amount(101)], 'usd'))).toEqual([10, 20, 71]);
  });

  it('never take more than the lines hold', () => {
    expect(off(discountLines([line(300), line(200)], [amount(1000)], 'usd'))).toEqual([300, 200]);
  });

  it('leave prorations and credits alone', () => {
    expect(off(discountLines([line(1000, 'prod_1', false), line(-500), line(2000)], [percent(10)], 'usd'))).toEqual([
      0, 0, 200,
    ]);
  });

  it('follow one another, each on what the one before left', () => {
    expect(
      discountLines([line(10_000)], [percent(20, 'di_a'), amount(1000, 'di_b'), percent(50, 'di_c')], 'usd'),
    ).toEqual([
      [
        { discount: 'di_a', amount: 2000 },
        { discount: 'di_b', amount: 1000 },
        { discount: 'di_c', amount: 3500 },
      ],
    ]);
  });

  it('fall only on the products that the coupon names', () => {
    const onlyOne = { id: 'di_1', coupon: coupon({ percent_off: 10, applies_to: { products: ['prod_2'] } }) };
    expect(off(discountLines([line(1000), line(1000, 'prod_2')], [onlyOne], 'usd'))).toEqual([0, 100]);
  });

  it("apply a line's own discount before the invoice's", () => {
    expect(off(discountLines([{ ...line(1000), discounts: [percent(50, 'di_own')] }], [amount(100)], 'usd'))).toEqual([
      600,
    ]);
  });

  it('fit every currency as a percentage, and only their own as an amount', () => {
    expect(fitsCurrency(coupon({ percent_off: 5 }), 'jpy')).toBe(true);
    expect(fitsCurrency(coupon({ amount_off: 5, currency: 'usd' }), 'usd')).toBe(true);
    expect(fitsCurrency(coupon({ amount_off: 5, currency: 'usd' }), 'jpy')).toBe(false);
    expect(
      fitsCurrency(coupon({ amount_off: 5, currency: 'usd', currency_options: { jpy: { amount_off: 500 } } }), 'jpy'),
    ).toBe(true);
  });

  it('end after their months, or not at all', () => {
    const start = Date.parse('2026-01-31T00:00:00Z') / 1000;
    const repeating = coupon({ percent_off: 10, duration: 'repeating', duration_in_months: 1 });
    expect(discountEnd(repeating, start)).toBe(Date.parse('2026-02-28T00:00:00Z') / 1000);
    expect(discountEnd(coupon({ percent_off: 10, duration: 'once' }), start)).toBeNull();
    expect(discountEnd(coupon({ percent_off: 10 }), start)).toBeNull();
  });

  it('sum up to exactly the amount of an amount-off coupon', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 500_000 }),
        (amounts, amountOff) => {
          const lines = amounts.map((value) => line(value));
          const taken = off(discountLines(lines, [amount(amountOff)], 'usd'));
          const total = amounts.reduce((sum, value) => sum + value, 0);
          expect(taken.reduce((sum, value) => sum + value, 0)).toBe(Math.min(amountOff, total));
          taken.forEach((value, index) => expect(value).toBeLessThanOrEqual(amounts[index] ?? 0));
        },
      ),
    );
  });
});
