import { describe, expect, it } from '@jest/globals';
import { Catalogue, type CataloguePlan } from './catalogue.js';
import { carriedQuantity, unitsOf, wantedQuantity } from './composition.js';

const prices = [{ interval: 'month', amounts: { usd: 8 } }];
const { plans } = Catalogue.parse(
  {
    currency: 'usd',
    plans: {
      solo: { name: 'Solo', prices },
      crew: { name: 'Crew', prices, seats: { min: 2, max: 20 } },
      team: { name: 'Team', prices, seats: { included: 3, prices } },
    },
  },
  'test',
);

function planOf(key: string): CataloguePlan {
  const plan = plans.get(key);
  if (plan === undefined) throw new Error(`there is no plan ${key}`);
  return plan;
}

describe('the number of seats', () => {
  it.each([
    ['solo', null, 1],
    ['crew', null, 2],
    ['crew', 20, 20],
    ['team', null, 3],
    ['team', 1, 3],
    ['team', 7, 7],
  ])('of %s, asked for %p, is %d', (key, asked, quantity) => {
    expect(wantedQuantity(planOf(key), asked)).toBe(quantity);
  });

  it.each([
    ['solo', 2],
    ['crew', 1],
    ['crew', 21],
    ['team', 0],
  ])('of %s cannot be %d', (key, asked) => {
    expect(() => wantedQuantity(planOf(key), asked)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });

  it.each([
    ['crew', 'team', 2, 3],
    ['crew', 'team', 9, 9],
    ['team', 'crew', 3, 3],
    ['solo', 'crew', 1, 2],
    ['team', 'solo', 9, 1],
    ['solo', 'solo', 3, 3],
  ])('from %s to %s is carried along: %d becomes %d', (from, to, quantity, carried) => {
    expect(carriedQuantity(planOf(from), planOf(to), quantity)).toBe(carried);
  });

  it('is billed by the plan’s item, or past those that it holds by one of its own', () => {
    expect(unitsOf(planOf('crew'), 5)).toEqual({ plan: 5, seats: 0 });
    expect(unitsOf(planOf('team'), 5)).toEqual({ plan: 1, seats: 2 });
    expect(unitsOf(planOf('team'), 3)).toEqual({ plan: 1, seats: 0 });
    expect(unitsOf(null, 4)).toEqual({ plan: 4, seats: 0 });
  });
});
