import { describe, expect, it } from '@jest/globals';
import { amountFor, divideRounded, type PricedBy } from './amounts.js';

const perUnit = (unit_amount_decimal: string): PricedBy => ({
  billing_scheme: 'per_unit',
  unit_amount_decimal,
  tiers_mode: null,
  transform_quantity: null,
});
const tiers = [
  { up_to: 5, unit_amount_decimal: '500', flat_amount_decimal: null },
  { up_to: 10, unit_amount_decimal: '400', flat_amount_decimal: '1000' },
  { up_to: null, unit_amount_decimal: '300', flat_amount_decimal: null },
];
const tiered = (tiers_mode: string): PricedBy => ({ ...perUnit('0'), billing_scheme: 'tiered', tiers_mode, tiers });

describe('the amount of a price', () => {
  it.each([
    ['2900', 1, 2900],
    ['2900', 3, 8700],
    ['0.5', 1, 1],
    ['0.5', 3, 2],
    ['0.000000000001', 1_000_000, 0],
    ['999999999.999999999999', 1, 1_000_000_000],
  ])('is %s × %d = %d', (unit, quantity, expected) => {
    expect(amountFor(perUnit(unit), quantity)).toBe(expected);
  });

  it.each([
    ['graduated', 0, 0],
    ['graduated', 5, 2500],
    ['graduated', 6, 3900],
    ['graduated', 12, 6100],
    ['volume', 5, 2500],
    ['volume', 6, 3400],
    ['volume', 12, 3600],
  ])('is, by %s tiers of %d units, %d', (mode, quantity, expected) => {
    expect(amountFor(tiered(mode), quantity)).toBe(expected);
  });

  it.each([
    ['up', 2],
    ['down', 1],
  ])('counts packages of 10, rounded %s', (round, packages) => {
    expect(amountFor({ ...perUnit('100'), transform_quantity: { divide_by: 10, round } }, 11)).toBe(packages * 100);
  });
});

describe('rounding', () => {
  it.each([
    [1n, 2n, 1],
    [-1n, 2n, -1],
    [1n, 3n, 0],
    [2n, 3n, 1],
    [-5n, 2n, -3],
  ])('%d / %d = %d', (numerator, denominator, expected) => {
    expect(divideRounded(numerator, denominator)).toBe(expected);
  });
});
