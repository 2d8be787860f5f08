import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BillingError } from '../common/billing-error.js';
import { BUILT_IN_CATALOGUE, builtInCatalogue } from './built-in-catalogue.js';
import { Catalogue } from './catalogue.js';
import { type CatalogueInput } from './catalogue.schema.js';

const PRICE = { interval: 'month' as const, amounts: { usd: 10 } };

function problemsOf(plans: CatalogueInput['plans'], rest: object = {}): string[] {
  try {
    Catalogue.parse({ currency: 'usd', plans, ...rest }, 'shop.json');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1);
  }
}

function refusal(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof BillingError) return { code: error.code, status: error.status, detail: error.detail };
    throw error;
  }
  return null;
}

describe('a catalogue that is wrong', () => {
  it('is refused with the path of each mistake', () => {
    expect(
      problemsOf({
        Team: { prices: [PRICE] },
        a: { prices: [{ interval: 'month', interval_count: 0, amounts: { usd: -1 } }], colour: 'red' } as object,
      }),
    ).toEqual([
      expect.stringContaining('plans.Team: '),
      expect.stringContaining('plans.a.prices[0].interval_count: '),
      expect.stringContaining('plans.a.prices[0].amounts.usd: '),
      expect.stringContaining('plans.a: '),
    ]);
  });

  it.each<[string, CatalogueInput['plans'], string]>([
    ['without a plan', {}, 'plans: needs a plan'],
    ['with a price that names nothing', { a: { prices: [{ interval: 'month' }] } }, 'plans.a.prices[0]: needs price'],
    [
      'with an id beside amounts',
      { a: { prices: [{ ...PRICE, price: 'price_1' }] } },
      'plans.a.prices[0].price: stands',
    ],
    ['with a word of ours as key', { custom: { prices: [PRICE] } }, 'plans.custom: is a word of ours'],
    ['with a default plan that is sold', { a: { default: true, prices: [PRICE] } }, 'plans.a.default: a default plan'],
    [
      'with two default plans',
      { a: { name: 'A', default: true }, b: { name: 'B', default: true } },
      'plans.b.default: a is the default',
    ],
    ['with two prices of one period', { a: { prices: [PRICE, PRICE] } }, 'plans.a.prices[1]: there is a price for'],
    [
      'without its own currency',
      { a: { prices: [{ interval: 'month', amounts: { eur: 9 } }] } },
      'plans.a.prices[0].amounts',
    ],
    [
      'with an amount finer than the currency',
      { a: { prices: [{ interval: 'month', amounts: { usd: 1, jpy: 9.5 } }] } },
      'plans.a.prices[0].amounts.jpy: is finer',
    ],
    [
      'with a period of more than three years',
      { a: { prices: [{ ...PRICE, interval_count: 37 }] } },
      'plans.a.prices[0].interval_count: a period',
    ],
    ['with a feature that is none', { a: { prices: [PRICE], features: { x: 1 } } }, 'plans.a.features.x: is not among'],
    [
      'with a rank for one plan alone',
      { a: { rank: 1, prices: [PRICE] }, b: { prices: [{ interval: 'year', amounts: { usd: 1 } }] } },
      'plans.b.rank: must be set',
    ],
    [
      'with an add-on to nothing',
      { a: { add_on: true, with: ['b'], prices: [PRICE] } },
      'plans.a.with[0]: there is no',
    ],
    ['with an add-on in a group', { a: { add_on: true, group: 'x', prices: [PRICE] } }, 'plans.a.group: is not for'],
    [
      'with more seats than allowed',
      { a: { prices: [PRICE], seats: { min: 5, max: 4 } } },
      'plans.a.seats.max: is below',
    ],
    [
      'with included seats that cost',
      { a: { prices: [PRICE], seats: { included: 2 } } },
      'plans.a.seats.included: needs',
    ],
    [
      'with seats of another period',
      { a: { prices: [PRICE], seats: { prices: [{ interval: 'year', amounts: { usd: 1 } }] } } },
      'plans.a.seats.prices: has none for 1 month',
    ],
    [
      'with one price for two things',
      { a: { prices: [{ interval: 'month', price: 'price_1' }], earlier_prices: ['price_1'] } },
      'plans.a.earlier_prices[0]: is the same price as plans.a.prices[0]',
    ],
  ])('is refused %s', (_, plans, problem) => {
    expect(problemsOf(plans)).toEqual([expect.stringContaining(problem)]);
  });

  it('is refused with a value that does not fit its feature', () => {
    const features = { sso: { type: 'flag' }, seats: { type: 'limit' } };
    const wrong = { a: { prices: [PRICE], features: { sso: 1, seats: true } } };
    expect(problemsOf(wrong, { features })).toEqual([
      'plans.a.features.sso: must be true or false for a flag',
      'plans.a.features.seats: must be a number or "unlimited"',
    ]);
  });
});

describe('the built-in catalogue', () => {
  it("has the guide's three plans by month and year in the group main, and neither a free nor a default plan", () => {
    expect(
      Catalogue.parse(BUILT_IN_CATALOGUE, 'built-in')
        .soldPlans()
        .map(({ key }) => key),
    ).toEqual(['starter', 'professional', 'enterprise']);
    const catalogue = builtInCatalogue();
    expect([catalogue.groups(), catalogue.defaultGroup(), catalogue.defaultPlan()]).toEqual([['main'], 'main', null]);
    expect(catalogue.prices().map(({ lookupKey }) => lookupKey)).toEqual(
      ['starter', 'professional', 'enterprise'].flatMap((tier) => [`${tier}_month`, `${tier}_year`]),
    );
  });

  it('takes a tier without regard to case and surrounding spaces', () => {
    const tiers = [' Starter', 'PROFESSIONAL', 'enterprise\n'].map((text) => builtInCatalogue().parsePlan(text).key);
    expect(tiers).toEqual(['starter', 'professional', 'enterprise']);
  });

  it.each(['free', 'gold', '', 'Free ', 'custom', 'constructor', '__proto__'])(
    'refuses the tier %j with the text as it was written',
    (text) => {
      expect(refusal(() => builtInCatalogue().parsePlan(text))).toEqual({
        code: 'invalid_tier',
        status: 400,
        detail: `Invalid tier: ${text}`,
      });
    },
  );

  it.each(['Month', 'decade', '', ' year', 'day'])(
    'refuses the interval %j with the text as it was written',
    (text) => {
      expect(refusal(() => builtInCatalogue().choose('starter', text, null))).toEqual({
        code: 'invalid_interval',
        status: 400,
        detail: `Invalid interval: ${text}`,
      });
    },
  );
});

describe('a plan at an interval', () => {
  const catalogue = Catalogue.parse(
    {
      currency: 'usd',
      plans: {
        free: { name: 'Free', default: true },
        weekly: { prices: [{ interval: 'week', amounts: { usd: 3 } }] },
        half: { prices: [{ interval: 'month', interval_count: 6, amounts: { usd: 50 } }] },
        many: {
          prices: [
            { interval: 'month', interval_count: 3, amounts: { usd: 25 } },
            { interval: 'month', interval_count: 6, amounts: { usd: 45 } },
            { interval: 'year', amounts: { usd: 80 } },
          ],
        },
        extra: { add_on: true, prices: [PRICE] },
      },
    },
    'shop.json',
  );
  const chosen = (tier: string, interval: string | null, count: number | null = null) => {
    const { interval: found, intervalCount } = catalogue.choose(tier, interval, count);
    return [found, intervalCount];
  };
  const detail = (work: () => unknown) => (refusal(work) as { detail: string }).detail;

  it('is the only one it has, where none is named', () => {
    expect([chosen('weekly', null), chosen('half', null), chosen('half', 'month')]).toEqual([
      ['week', 1],
      ['month', 6],
      ['month', 6],
    ]);
    expect(refusal(() => catalogue.choose('many', null, null))).toMatchObject({ code: 'invalid_interval' });
  });

  it('is named with its count where a plan has several of an interval', () => {
    expect([chosen('many', 'month', 3), chosen('many', 'year')]).toEqual([
      ['month', 3],
      ['year', 1],
    ]);
    expect(detail(() => catalogue.choose('many', 'month', null))).toBe('No price ID configured for many month');
    expect(detail(() => catalogue.choose('many', 'month', 4))).toBe('No price ID configured for many 4 month');
    expect(detail(() => catalogue.choose('weekly', 'year', null))).toBe('No price ID configured for weekly year');
    expect(detail(() => catalogue.choose('weekly', 'day', null))).toBe('Invalid interval: day');
  });

  it('is none of a plan that is had, not bought, and of an add-on', () => {
    expect(detail(() => catalogue.choose('free', null, null))).toBe('Invalid tier: free');
    expect(detail(() => catalogue.choose('extra', 'month', null))).toBe('Invalid tier: extra');
  });
});

describe('any catalogue that is accepted', () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/).filter((text) => text !== 'custom');
  const prices = fc.uniqueArray(
    fc.record({
      interval: fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const),
      interval_count: fc.integer({ min: 1, max: 3 }),
      amounts: fc.record({ usd: fc.integer({ min: 0, max: 99_999 }) }),
    }),
    { selector: ({ interval, interval_count }) => `${interval_count} ${interval}`, minLength: 1, maxLength: 4 },
  );
  const plans = fc.dictionary(key, fc.record({ prices }), { minKeys: 1, maxKeys: 5, noNullPrototype: true });

  it('sells each plan at each of its periods, and each price has a lookup key of its own', () => {
    fc.assert(
      fc.property(plans, (given) => {
        const catalogue = Catalogue.parse({ currency: 'usd', plans: given }, 'random');
        for (const [tier, { prices }] of Object.entries(given))
          for (const { interval, interval_count: count } of prices)
            expect(catalogue.choose(tier, interval, count)).toEqual({ tier, interval, intervalCount: count });
        return true;
      }),
    );
  });
});
