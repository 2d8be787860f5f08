import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_CATALOGUE } from '../catalogue/built-in-catalogue.js';
import { Catalogue, type CataloguePlan } from '../catalogue/catalogue.js';
import { type PriceReference, type SoldThing } from '../catalogue/plan-of-price.js';
import { addOnsOf, isSameAddOns, quantityOf, sortItems } from './subscription-items.mapper.js';
import { isUnchanged, targetLines } from './target-lines.js';

const prices = (amount: number) => [{ interval: 'month', amounts: { usd: amount } }];
const CATALOGUE = Catalogue.parse(
  {
    ...BUILT_IN_CATALOGUE,
    plans: {
      ...BUILT_IN_CATALOGUE.plans,
      crew: { name: 'Crew', rank: 4, prices: prices(8), seats: {} },
      team: { name: 'Team', rank: 5, prices: prices(49), seats: { included: 3, prices: prices(7) } },
      support: { name: 'Support', add_on: true, prices: prices(20) },
    },
  },
  'test',
);

function planOf(key: string): CataloguePlan {
  const plan = CATALOGUE.plans.get(key);
  if (plan === undefined) throw new Error(`there is no plan ${key}`);
  return plan;
}

/** Prices are called `price_team`, `price_team_seat`. */
function findSold({ id }: PriceReference): SoldThing | null {
  const [, key = '', seat] = id.split('_');
  const plan = CATALOGUE.plans.get(key);
  return plan === undefined ? null : { plan, purpose: seat === undefined ? 'plan' : 'seat', isCurrent: true };
}

const KNOWLEDGE = {
  findSold,
  findPlan: (price: PriceReference) => {
    const thing = findSold(price);
    if (thing === null || thing.purpose === 'seat' || thing.plan.group === null) return null;
    return { tier: thing.plan.key, group: thing.plan.group, rank: thing.plan.rank ?? 0, isCurrent: true };
  },
};
const item = (price: string, quantity?: number) => ({
  price: { id: price },
  ...(quantity === undefined ? {} : { quantity }),
});
const SUPPORT = { tier: 'support', quantity: 1 };

describe('the items of a subscription', () => {
  it('are sorted by what they pay for, wherever they stand', () => {
    const items = [item('price_other', 2), item('price_support', 1), item('price_team_seat', 4), item('price_team', 1)];
    const sorted = sortItems(items, KNOWLEDGE);
    expect(sorted).toMatchObject({ plan: items[3], seats: items[2], others: [items[0]] });
    expect(quantityOf(sorted)).toBe(7);
    expect(addOnsOf(sorted)).toEqual([SUPPORT]);
  });

  it('have the seats of another plan among the others: they are not those of this one', () => {
    const items = [item('price_crew', 5), item('price_team_seat', 4)];
    const sorted = sortItems(items, KNOWLEDGE);
    expect(sorted).toMatchObject({ plan: items[0], seats: undefined, others: [items[1]] });
    expect(quantityOf(sorted)).toBe(5);
  });

  it('count units of a plan without seats, and none without an item', () => {
    expect(quantityOf(sortItems([item('price_starter', 3)], KNOWLEDGE))).toBe(3);
    expect(quantityOf(sortItems([], KNOWLEDGE))).toBe(1);
  });

  it('tell the same add-on once, with all its units', () => {
    const twice = sortItems([item('price_crew', 1), item('price_support', 2), item('price_support')], KNOWLEDGE);
    expect(addOnsOf(twice)).toEqual([{ tier: 'support', quantity: 3 }]);
    expect(isSameAddOns([SUPPORT, { tier: 'a', quantity: 1 }], [{ tier: 'a', quantity: 1 }, SUPPORT])).toBe(true);
  });
});

describe('the items that make a target', () => {
  const beside = { seats: () => 'price_team_seat', addOn: (tier: string) => `price_${tier}` };
  const present = sortItems([item('price_team', 1), item('price_team_seat', 2), item('price_support', 1)], KNOWLEDGE);
  const target = (key: string, quantity: number, addOns = [SUPPORT]) => ({
    price: `price_${key}`,
    plan: planOf(key),
    quantity,
    addOns,
  });

  it('are what there is where nothing changes', () => {
    expect(isUnchanged(targetLines(present, target('team', 5), beside, true))).toBe(true);
  });

  it('have the seats past those that the plan holds, and lose their item without any', () => {
    expect(targetLines(present, target('team', 9), beside, true).lines).toMatchObject([
      { price: 'price_team', quantity: 1 },
      { item: present.seats, price: 'price_team_seat', quantity: 6 },
      { price: 'price_support' },
    ]);
    expect(targetLines(present, target('team', 3), beside, true).removed).toEqual([present.seats]);
  });

  it('put the seats on the item of a plan at a price a seat', () => {
    const { lines, removed } = targetLines(present, target('crew', 5), beside, true);
    expect(lines[0]).toMatchObject({ item: present.plan, price: 'price_crew', quantity: 5 });
    expect(removed).toEqual([present.seats]);
  });

  it('take away the add-ons that are not wanted, and add those that are not there', () => {
    const { lines, removed } = targetLines(present, target('team', 5, []), beside, true);
    expect(lines).toHaveLength(2);
    expect(removed).toEqual([present.addOns[0]?.item]);
    const none = sortItems([item('price_crew', 1)], KNOWLEDGE);
    expect(targetLines(none, target('crew', 1), beside, true).lines[1]).toEqual({
      item: null,
      price: 'price_support',
      quantity: 1,
    });
  });

  it('keep the price of an add-on while the period stays, whatever it is sold at now', () => {
    const raised = { ...beside, addOn: () => 'price_support_new' };
    const priceOf = (stays: boolean) => targetLines(present, target('team', 5), raised, stays).lines[2]?.price;
    expect([priceOf(true), priceOf(false)]).toEqual(['price_support', 'price_support_new']);
  });
});
