import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { isOnSale, toPlanPrice, unfitness } from './price.mapper.js';

const MONTHLY = { interval: 'month', intervalCount: 1 } as const;
const RECURRING = { interval: 'month', interval_count: 1, usage_type: 'licensed' };

function price(changes: object = {}): Stripe.Price {
  const values = { id: 'price_1', active: true, currency: 'usd', unit_amount: 7900, recurring: RECURRING, ...changes };
  return values as unknown as Stripe.Price;
}

describe('unfitness', () => {
  it('finds nothing wrong with an active monthly price for a monthly plan', () => {
    expect(unfitness(price(), MONTHLY)).toBeNull();
  });

  it.each([
    [{ recurring: null }, 'is not a recurring price'],
    [{ recurring: { ...RECURRING, interval: 'year' } }, 'is paid every 1 year, not every month'],
    [{ recurring: { ...RECURRING, interval_count: 3 } }, 'is paid every 3 month, not every month'],
    [{ recurring: { ...RECURRING, usage_type: 'metered' } }, 'is a metered price'],
    [{ unit_amount: null }, 'has no fixed amount in whole minor units'],
  ])('refuses %j', (changes, problem) => {
    expect(unfitness(price(changes), MONTHLY)).toBe(problem);
  });
});

describe('toPlanPrice', () => {
  it('takes the amount in the currency of the price, also where it has no minor unit', () => {
    expect(toPlanPrice(price({ currency: 'jpy', unit_amount: 7900 })).amount.toNumber()).toBe(7900);
    expect(toPlanPrice(price()).amount.toNumber()).toBe(79);
  });
});

describe('isOnSale', () => {
  it('is false for an archived price, and for one whose product is archived or deleted', () => {
    const cases = [{}, { active: false }, { product: 'prod_1' }, { product: { id: 'prod_1', active: true } }];
    const products = [
      { id: 'prod_1', active: false },
      { id: 'prod_1', deleted: true },
    ];
    expect(cases.map((changes) => isOnSale(price(changes)))).toEqual([true, false, true, true]);
    expect(products.map((product) => isOnSale(price({ product })))).toEqual([false, false]);
    expect(toPlanPrice(price({ active: false })).isOnSale).toBe(false);
  });
});
