import { describe, expect, it } from '@jest/globals';
import { decimalsOf, formatAmount, minimumCharge } from './currencies.js';

describe('currencies', () => {
  it.each([
    ['usd', 2900, '$29.00'],
    ['usd', '0.5', '$0.005'],
    ['jpy', 2900, '¥2,900'],
    ['kwd', 29_000, 'KWD 29.000'],
    ['eur', 100_000_000, '€1,000,000.00'],
  ])('are shown with their own decimals: %s %p', (currency, minor, expected) => {
    expect(formatAmount(minor, currency).replace('\u00a0', ' ')).toBe(expected);
  });

  it('know their decimals and their minimum charge', () => {
    expect([decimalsOf('usd'), decimalsOf('jpy'), decimalsOf('bhd')]).toEqual([2, 0, 3]);
    expect([minimumCharge('usd'), minimumCharge('gbp'), minimumCharge('isk')]).toEqual([50, 30, 1]);
  });
});
