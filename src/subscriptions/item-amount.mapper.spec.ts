import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Stripe from 'stripe';
import { amountOfItem, needsCurrencyOptions } from './item-amount.mapper.js';

function item(price: object, quantity?: number): Stripe.SubscriptionItem {
  const recurring = { interval: 'month', interval_count: 1, usage_type: 'licensed' };
  const values = { currency: 'usd', billing_scheme: 'per_unit', recurring, ...price };
  return { price: values, quantity } as unknown as Stripe.SubscriptionItem;
}

function amountOf(price: object, quantity?: number, currency = 'usd'): string | number {
  const { amount, reason } = amountOfItem(item(price, quantity), currency);
  return reason ?? amount.toNumber();
}

describe('the amount of an item', () => {
  it('is unit amount × quantity, exactly, for whatever Stripe allows', () => {
    const unit_amount = fc.integer({ min: 0, max: 99_999_999_999 });
    const quantity = fc.integer({ min: 0, max: 999_999 });
    fc.assert(
      fc.property(unit_amount, quantity, (unit, units) => {
        const { amount } = amountOfItem(item({ unit_amount: unit }, units), 'usd');
        return amount?.minorUnits === BigInt(unit) * BigInt(units);
      }),
    );
  });

  it.each([
    ['usd', 79],
    ['jpy', 7900],
    ['bhd', 7.9],
  ])('counts in the minor unit of %s', (currency, amount) => {
    expect(amountOf({ unit_amount: 7900, currency }, 1, currency)).toBe(amount);
  });

  it('counts fractions of the minor unit where they add up to whole ones, as the SDK and as a webhook write them', () => {
    const half = Stripe.Decimal.from('0.5');
    expect(amountOf({ unit_amount: null, unit_amount_decimal: half }, 10_000)).toBe(50);
    expect(amountOf({ unit_amount: null, unit_amount_decimal: '0.5' }, 10_000)).toBe(50);
    expect(amountOf({ unit_amount: null, unit_amount_decimal: '0.5' }, 3)).toBe('below_minor_unit');
    expect(amountOf({ unit_amount: 100, unit_amount_decimal: '100.000000000000' }, 2)).toBe(2);
  });

  it('counts packs where the price sells packs', () => {
    const packs = (round: string) => ({ unit_amount: 1000, transform_quantity: { divide_by: 10, round } });
    expect([amountOf(packs('up'), 25), amountOf(packs('down'), 25)]).toEqual([30, 20]);
  });

  it('is not known for tiers, metered use, or words of Stripe that are not known', () => {
    expect(amountOf({ billing_scheme: 'tiered', unit_amount: null }, 7)).toBe('tiered');
    expect(amountOf({ unit_amount: 300, recurring: { usage_type: 'metered' } })).toBe('metered');
    expect(amountOf({ unit_amount: null }, 1)).toBe('unknown');
    expect(amountOf({ unit_amount: null, unit_amount_decimal: 'NaN' }, 1)).toBe('unknown');
    expect(amountOf({ unit_amount_decimal: '999999999999' }, 999_999_999)).toBe('unknown');
  });

  it('is that of the currency that is billed, or not known', () => {
    const options = { eur: { unit_amount: 2500, unit_amount_decimal: '2500' } };
    const price = { unit_amount: 2900, currency_options: options };
    expect([amountOf(price, 2, 'eur'), amountOf(price, 2, 'gbp')]).toEqual([50, 'other_currency']);
    const [whole, bare] = [item(price), item({ unit_amount: 2900 })];
    expect(needsCurrencyOptions(bare, 'eur')).toBe(true);
    expect([needsCurrencyOptions(whole, 'eur'), needsCurrencyOptions(bare, 'usd')]).toEqual([false, false]);
  });
});
