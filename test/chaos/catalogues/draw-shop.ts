import { type Random } from '../ordering-model/random.js';
import {
  CURRENCIES,
  decimalsOf,
  type DrawnFeature,
  type DrawnPlan,
  type DrawnPrice,
  type DrawnSeats,
  type FeatureValue,
  type Naming,
  type Period,
  type Shop,
} from './shop.js';

type NonEmpty<Value> = readonly [Value, ...Value[]];

/**
 * Periods that one shop has, from the shortest to the longest that Stripe takes. The longest of a family is about twelve
 * times the shortest at most: time passes for all at once, and each period that ends is an invoice.
 */
const FAMILIES: NonEmpty<NonEmpty<Period>> = [
  [period('month', 1), period('year', 1)],
  [period('month', 1), period('year', 1)],
  [period('day', 1), period('week', 1)],
  [period('day', 3), period('week', 1), period('day', 10), period('week', 2)],
  [period('week', 1), period('month', 1), period('week', 6)],
  [period('month', 1), period('month', 3), period('month', 6)],
  [period('month', 6), period('year', 1), period('month', 18)],
  [period('year', 1), period('year', 3), period('month', 36), period('day', 1095), period('week', 156)],
];
const FEATURES: NonEmpty<DrawnFeature> = [
  { key: 'sso', type: 'flag', reset: null },
  { key: 'projects', type: 'limit', reset: null },
  { key: 'members', type: 'limit', reset: 'never' },
  { key: 'api-calls', type: 'metered', reset: 'month' },
  { key: 'exports', type: 'metered', reset: 'period' },
  { key: 'mails', type: 'metered', reset: 'day' },
];
const NAMES: NonEmpty<string> = ['basic', 'team', 'plan_2', 'x', 'business-plus'];

function period(interval: Period['interval'], count: number): Period {
  return { interval, count };
}

/** Some of the values, at least so many, in their order. */
function some<Value>(random: Random, values: readonly Value[], atLeast: number, atMost = values.length): Value[] {
  const wanted = whole(random, atLeast, Math.min(atMost, values.length));
  const left = [...values];
  while (left.length > wanted) left.splice(whole(random, 0, left.length - 1), 1);
  return left;
}

function whole(random: Random, from: number, to: number): number {
  return Math.min(to, Math.floor(random.between(from, to + 1)));
}

/** Draws a shop whose catalogue is valid; the same random numbers draw the same. */
export function drawShop(random: Random): Shop {
  return new Drawing(random).shop();
}

class Drawing {
  private readonly currencies: string[];
  private readonly family: readonly Period[];
  private readonly features: DrawnFeature[];
  private readonly groups: NonEmpty<string | null>;
  /** Whether the plans of a group have ranks. */
  private readonly ranked = new Map<string | null, boolean>();
  private keys = 0;

  constructor(private readonly random: Random) {
    this.currencies = some(random, CURRENCIES, 1, 3);
    this.family = random.pick(FAMILIES);
    this.features = some(random, FEATURES, 1, 4);
    this.groups = random.chance(0.4) ? [null, 'extras'] : random.chance(0.5) ? [null] : ['main', 'main'];
    for (const group of this.groups) this.ranked.set(group, random.chance(0.5));
  }

  shop(): Shop {
    const sold = NAMES.slice(0, whole(this.random, 1, 5)).map((key) => this.plan(key));
    const free = this.random.chance(0.6) ? [this.freePlan()] : [];
    const names = sold.map(({ key }) => key);
    const beside = ['storage', 'support'].slice(0, whole(this.random, 0, 2)).map((key) => this.addOn(key, names));
    const [first = 'usd', ...others] = this.currencies;
    const currency = this.random.pick([first, ...others]);
    return { currency, currencies: this.currencies, features: this.features, plans: [...free, ...sold, ...beside] };
  }

  private plan(key: string): DrawnPlan {
    const { random } = this;
    const group = random.pick(this.groups);
    const prices = some(random, this.family, 1, 3).map((one) => this.price(one));
    return {
      ...NOTHING,
      key,
      name: random.chance(0.7) ? `The ${key}` : null,
      group,
      rank: this.ranked.get(group) === true ? whole(random, 1, 4) : null,
      trialDays: random.chance(0.4) ? whole(random, 0, 30) : null,
      seats: random.chance(0.4) ? this.seats(prices) : null,
      prices,
      earlierPrice: random.chance(0.3) ? { ...this.price(this.family[0] ?? period('month', 1)), naming: 'id' } : null,
      features: this.values(0.8),
    };
  }

  private freePlan(): DrawnPlan {
    const isDefault = this.random.chance(0.7);
    return {
      ...NOTHING,
      key: 'free',
      name: 'Free',
      isDefault,
      group: this.random.pick(this.groups),
      features: this.values(0.5),
    };
  }

  private addOn(key: string, plans: readonly string[]): DrawnPlan {
    const prices = some(this.random, this.family, 1).map((one) => this.price(one));
    const others = this.random.chance(0.5) ? some(this.random, plans, 1) : [];
    return { ...NOTHING, key, name: key, isAddOn: true, with: others, prices, features: this.values(0.5) };
  }

  /** Without an item of their own the price of the plan is that of each seat. */
  private seats(prices: readonly DrawnPrice[]): DrawnSeats {
    const { random } = this;
    const areItems = random.chance(0.5);
    const min = whole(random, 1, 3);
    const limits = this.features.filter(({ type }) => type === 'limit').map(({ key }) => key);
    return {
      min,
      max: random.chance(0.7) ? whole(random, Math.max(min, 4), 12) : null,
      included: areItems ? whole(random, 0, 4) : 0,
      feature: random.chance(0.5) ? (limits[0] ?? null) : null,
      prices: areItems ? prices.map((one) => this.price(one)) : [],
    };
  }

  private price({ interval, count }: Period): DrawnPrice {
    const { random } = this;
    const isGivenAway = random.chance(0.03);
    const amounts = this.currencies.map((code) => [code, isGivenAway ? 0 : this.amount(code)] as const);
    const naming = random.pick<Naming>(['amounts', 'amounts', 'lookup_key', 'id']);
    const ownKey = naming === 'lookup_key' || (naming === 'amounts' && random.chance(0.2));
    this.keys += 1;
    const lookupKey = ownKey ? `key_${this.keys}` : null;
    return { interval, count, amounts: Object.fromEntries(amounts), naming, lookupKey };
  }

  /** Above what Stripe charges at least; of three decimals the last is always 0 (https://docs.stripe.com/currencies). */
  private amount(currency: string): number {
    const decimals = decimalsOf(currency);
    return decimals === 3 ? 10 * whole(this.random, 100, 9_000) : whole(this.random, 100, 90_000);
  }

  private values(often: number): Record<string, FeatureValue> {
    const { random } = this;
    const drawn = this.features.filter(() => random.chance(often));
    return Object.fromEntries(
      drawn.map(({ key, type }) => {
        if (type === 'flag') return [key, random.chance(0.7)];
        return [key, random.chance(0.15) ? 'unlimited' : whole(random, 0, 500)];
      }),
    );
  }
}

const NOTHING = {
  group: null,
  rank: null,
  isDefault: false,
  isAddOn: false,
  with: [],
  trialDays: null,
  seats: null,
  prices: [],
  earlierPrice: null,
} satisfies Partial<DrawnPlan>;
