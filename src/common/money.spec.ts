import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Money } from './money.js';

/** One of each kind, and the two that Stripe counts differently from the world. */
const currency = fc.constantFrom('usd', 'eur', 'jpy', 'krw', 'bhd', 'kwd', 'isk', 'ugx');
const minorUnits = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });

describe('Money', () => {
  it.each([
    ['usd', 7900, '79.00', '79.000', 79],
    ['jpy', 3000, '3000', '3000.000', 3000],
    ['bhd', 1250, '1.250', '1.250', 1.25],
    ['usd', 1, '0.01', '0.010', 0.01],
    ['bhd', 5, '0.005', '0.005', 0.005],
    ['usd', -5, '-0.05', '-0.050', -0.05],
    ['usd', 0, '0.00', '0.000', 0],
  ])('counts %s in its own minor unit: %d', (code, units, decimal, column, number) => {
    const money = Money.fromMinorUnits(units, code);
    expect([money.toDecimal(), money.toColumn(), money.toNumber()]).toEqual([decimal, column, number]);
  });

  it.each(['isk', 'ugx'])("keeps two decimals for %s, as Stripe's API does although the currency has none", (code) => {
    expect(Money.fromMinorUnits(500, code).toDecimal()).toBe('5.00');
  });

  it('comes back from its column as it was', () => {
    fc.assert(
      fc.property(minorUnits, currency, (units, code) => {
        const money = Money.fromMinorUnits(units, code);
        return (
          Money.fromDecimal(money.toColumn(), code).minorUnits === units &&
          Money.fromDecimal(money.toDecimal(), code).minorUnits === units
        );
      }),
    );
  });

  it('prints as a JSON number that reads as the same decimal, as long as a double can hold it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), currency, (units, code) => {
        const money = Money.fromMinorUnits(units, code);
        const [, fraction = ''] = money.toDecimal().split('.');
        return (JSON.parse(JSON.stringify(money.toNumber())) as number).toFixed(fraction.length) === money.toDecimal();
      }),
      {
        examples: [
          [29, 'usd'],
          [1001, 'bhd'],
        ],
      },
    );
  });

  it('adds exactly, in any order', () => {
    fc.assert(
      fc.property(fc.array(minorUnits, { minLength: 1 }), (amounts) => {
        const sum = (units: bigint[]) =>
          units.reduce((total, one) => total.plus(Money.fromMinorUnits(one, 'usd')), Money.fromMinorUnits(0, 'usd'));
        return (
          sum(amounts).minorUnits === amounts.reduce((total, one) => total + one, 0n) &&
          sum([...amounts].reverse()).minorUnits === sum(amounts).minorUnits
        );
      }),
    );
  });

  it('does not add different currencies', () => {
    expect(() => Money.fromMinorUnits(1, 'usd').plus(Money.fromMinorUnits(1, 'eur'))).toThrow(RangeError);
  });

  it('writes currencies as Stripe does, in lower case', () => {
    expect(Money.fromMinorUnits(1, 'USD').plus(Money.fromDecimal('1', 'Usd')).currency).toBe('usd');
  });

  it.each([0.5, NaN, Infinity, 2 ** 53])('takes no number that is not whole minor units: %p', (units) => {
    expect(() => Money.fromMinorUnits(units, 'usd')).toThrow(RangeError);
  });

  it.each([
    ['1.005', 'usd'],
    ['0.5', 'jpy'],
    ['0.0001', 'bhd'],
  ])('takes no decimal finer than the minor unit: %s %s', (decimal, code) => {
    expect(() => Money.fromDecimal(decimal, code)).toThrow(RangeError);
  });

  it('takes zeros beyond the minor unit, as the column has them', () => {
    expect(Money.fromDecimal('3000.000', 'jpy').minorUnits).toBe(3000n);
    expect(Money.fromDecimal('-79.000', 'usd').minorUnits).toBe(-7900n);
  });

  it.each(['', '1,50', '1e3', ' 1', '.5', '1.', '--1', 'NaN'])('takes %j for no decimal', (text) => {
    expect(() => Money.fromDecimal(text, 'usd')).toThrow(RangeError);
  });
});
