import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changeProration, remainingPart, unusedTime } from './proration.js';

const at = (iso: string): number => Date.parse(`${iso}Z`) / 1000;
const may = { start: at('2026-05-01T00:00:00'), end: at('2026-06-01T00:00:00') };
const halfOfMay = at('2026-05-16T12:00:00');

describe('prorations', () => {
  it('charge 5.00 for a change from 10.00 to 20.00 half way through (the example of the documentation)', () => {
    expect(changeProration({ amount: 1000, period: may }, 2000, may, halfOfMay)).toEqual({ credit: -500, debit: 1000 });
  });

  it('credit 5.00 net for the way back', () => {
    expect(changeProration({ amount: 2000, period: may }, 1000, may, halfOfMay)).toEqual({ credit: -1000, debit: 500 });
  });

  it('charge the whole new period when the anchor is reset to now', () => {
    const year = { start: halfOfMay, end: at('2027-05-16T12:00:00') };
    expect(changeProration({ amount: 2900, period: may }, 29_000, year, halfOfMay)).toEqual({
      credit: -1450,
      debit: 29_000,
    });
  });

  it.each([
    ['31 days, 10 days left', 2900, at('2026-05-22T00:00:00'), 935],
    ['one second left', 2900, may.end - 1, 0],
    ['one second gone', 2900, may.start + 1, 2900],
    ['at the start', 2900, may.start, 2900],
    ['at the end', 2900, may.end, 0],
    ['before the start', 2900, may.start - 60, 2900],
    ['half a unit is rounded up', 1, halfOfMay, 1],
    ['half a unit of a credit is rounded away from zero', -1, halfOfMay, -1],
  ])('are exact to the second: %s', (_name, amount, when, expected) => {
    expect(remainingPart(amount, may, when)).toBe(expected);
  });

  it('give back what was debited after its discount', () => {
    expect(unusedTime({ amount: 1450, period: may }, halfOfMay)).toBe(-725);
  });

  it('never are more than the amount, and shrink with time', () => {
    const instants = fc.integer({ min: may.start, max: may.end });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), instants, instants, (amount, one, other) => {
        const [early, late] = one < other ? [one, other] : [other, one];
        const before = remainingPart(amount, may, early);
        expect(before).toBeLessThanOrEqual(amount);
        expect(remainingPart(amount, may, late)).toBeLessThanOrEqual(before);
        expect(remainingPart(amount, may, late)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
