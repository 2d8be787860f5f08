import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { toPlanPrice, unfitness } from './price.mapper.js';

const RECURRING = { interval: 'month', interval_count: 1, usage_type: 'licensed' };

function price(changes: object = {}): Stripe.Price {
  const values = { id: 'price_1', active: true, currency: 'usd', unit_amount: 7900, recurring: RECURRING, ...changes };
  return values as unknown as Stripe.Price;
}

describe('unfitness', () => {
  it('finds nothing wrong with an active monthly price for a monthly plan', () => {
    expect(unfitness(price(), 'month')).toBeNull();
  });

  it.each([
    [{ active: false }, 'is not active at Stripe'],
    [{ recurring: null }, 'is not a recurring price'],
    [{ recurring: { ...RECURRING, interval: 'year' } }, 'is paid every 1 year, not every month'],
    [{ recurring: { ...RECURRING, interval_count: 3 } }, 'is paid every 3 month, not every month'],
    [{ recurring: { ...RECURRING, usage_type: 'metered' } }, 'is a metered price'],
    [{ unit_amount: null }, 'has no fixed amount in whole minor units'],
  ])('refuses %j', (changes, problem) => {
    expect(unfitness(price(changes), 'month')).toBe(problem);
  });
});

describe('toPlanPrice', () => {
  it('takes the amount in the currency of the price, also where it has no minor unit', () => {
    expect(toPlanPrice(price({ currency: 'jpy', unit_amount: 7900 })).amount.toNumber()).toBe(7900);
    expect(toPlanPrice(price()).amount.toNumber()).toBe(79);
  });
});
