import { BillingError } from '../common/billing-error.js';
import { Money } from '../common/money.js';
import { ConfigurationError } from '../config/app-config.js';
import { type CatalogueProblem, catalogueProblems } from './catalogue-problems.js';
import {
  BILLING_INTERVALS,
  type BillingInterval,
  type CatalogueContent,
  catalogueSchema,
  type FeatureType,
  type FeatureValue,
} from './catalogue.schema.js';

/** A plan, and how often it is paid. */
export interface Plan {
  tier: string;
  interval: BillingInterval;
  intervalCount: number;
}

/** What a price is paid for: a plan or an add-on by itself, or a seat of the plan. */
export type PricePurpose = 'plan' | 'seat';

/** A price of the catalogue. It is named by id, or found by its lookup key. */
export interface CataloguePrice extends Plan {
  purpose: PricePurpose;
  /** `price_…` */
  id: string | null;
  lookupKey: string | null;
  /** What the push makes; null for a price that is Stripe's own affair. */
  amounts: ReadonlyMap<string, Money> | null;
  /** Where it is named, for messages: a path in the file or a variable. */
  origin: string;
}

export interface CatalogueFeature {
  key: string;
  type: FeatureType;
  name: string;
  /** Name of a single one. */
  one: string;
  meter: string | null;
  reset: NonNullable<CatalogueContent['features'][string]['reset']>;
}

interface Seats {
  min: number;
  max: number | null;
  included: number;
  feature: string | null;
  /** True when seats past the included ones have prices, and an item, of their own. */
  areItems: boolean;
}

/** A plan or an add-on of the catalogue. */
export interface CataloguePlan {
  key: string;
  /** Null: the name of Stripe's product. */
  name: string | null;
  description: string | null;
  /** Null for an add-on. */
  group: string | null;
  isAddOn: boolean;
  /** Plans that the add-on goes with; none: all. */
  with: readonly string[];
  isDefault: boolean;
  rank: number | null;
  isPopular: boolean;
  /** Days; null: the service's own. */
  trialDays: number | null;
  seats: Seats | null;
  prices: readonly CataloguePrice[];
  earlierPrices: readonly string[];
  features: ReadonlyMap<string, FeatureValue>;
  highlights: readonly string[];
}

/** Where a price is named; `path` is that in the file. */
export type PriceOrigin = (plan: Plan, path: string) => string;

const MAIN_GROUP = 'main';

/** What is sold: plans, add-ons, features. Checked, and never changed. */
export class Catalogue {
  private constructor(
    /** ISO 4217 in lower case; null: that of the prices. */
    readonly currency: string | null,
    readonly features: ReadonlyMap<string, CatalogueFeature>,
    /** In the order in which they are shown. */
    readonly plans: ReadonlyMap<string, CataloguePlan>,
  ) {}

  /**
   * @param source name of the file, for messages
   * @throws ConfigurationError with the path of each mistake
   */
  static parse(input: unknown, source: string): Catalogue {
    const parsed = catalogueSchema.safeParse(input);
    const problems = parsed.success
      ? catalogueProblems(parsed.data)
      : parsed.error.issues.map(({ path, message }) => ({ path: pathOf(path), message }));
    if (!parsed.success || problems.length > 0) throw wrong(source, problems);
    const catalogue = Catalogue.of(parsed.data, (_, path) => `${source}: ${path}`);
    const same = sameLookupKeys(catalogue);
    if (same.length > 0) throw wrong(source, same);
    return catalogue;
  }

  /**
   * A catalogue that is known to be right.
   * @param currency null: that of the prices at Stripe
   */
  static of(content: CatalogueContent, originOf: PriceOrigin, currency: string | null = content.currency): Catalogue {
    const features = Object.entries(content.features).map(([key, feature]) => [key, toFeature(key, feature)] as const);
    const plans = Object.entries(content.plans).map(([key, plan]) => [key, toPlan(key, plan, originOf)] as const);
    return new Catalogue(currency, new Map(features), new Map(plans));
  }

  /** The plans that are sold for themselves, in their order. */
  soldPlans(): CataloguePlan[] {
    return [...this.plans.values()].filter((plan) => !plan.isAddOn && plan.prices.length > 0);
  }

  /** All prices, those of seats and add-ons too. */
  prices(): CataloguePrice[] {
    return [...this.plans.values()].flatMap(({ prices }) => prices);
  }

  /** What a payer has without a subscription. */
  defaultPlan(): CataloguePlan | null {
    return [...this.plans.values()].find(({ isDefault }) => isDefault) ?? null;
  }

  groups(): string[] {
    return [...new Set([...this.plans.values()].flatMap(({ group }) => (group === null ? [] : [group])))];
  }

  /** The group that is meant where none is named. */
  defaultGroup(): string {
    const groups = this.groups();
    if (groups.includes(MAIN_GROUP)) return MAIN_GROUP;
    return this.defaultPlan()?.group ?? groups[0] ?? MAIN_GROUP;
  }

  /**
   * The plan that a caller names, without regard to case and surrounding spaces.
   * @throws BillingError invalid_tier for every other text, for what is not bought and for an add-on
   */
  parsePlan(text: string): CataloguePlan {
    const plan = this.plans.get(text.trim().toLowerCase());
    if (plan === undefined || plan.isAddOn || plan.prices.length === 0)
      throw new BillingError('invalid_tier', `Invalid tier: ${text}`);
    return plan;
  }

  /**
   * A plan at an interval, as a caller names them. Without an interval: a month where the plan has it, else its only one.
   * @throws BillingError invalid_tier; invalid_interval for a word that no plan knows, or where the plan has not that price
   */
  choose(tier: string, interval: string | null, intervalCount: number | null): Plan {
    const plan = this.parsePlan(tier);
    const prices = plan.prices.filter(({ purpose }) => purpose === 'plan');
    const found = interval === null ? defaultPrice(prices) : this.pick(prices, plan, interval, intervalCount);
    return { tier: plan.key, interval: found.interval, intervalCount: found.intervalCount };
  }

  /**
   * The interval that a caller names, exactly so.
   * @throws BillingError invalid_interval for every other text, and for an interval at which nothing is sold
   */
  parseInterval(text: string): BillingInterval {
    const known = BILLING_INTERVALS.find((word) => word === text);
    if (known !== undefined && this.prices().some(({ interval }) => interval === known)) return known;
    throw new BillingError('invalid_interval', `Invalid interval: ${text}`);
  }

  /** Whether a plan has a price for just this period. */
  sells({ tier, interval, intervalCount }: Plan): boolean {
    const prices = this.plans.get(tier.trim().toLowerCase())?.prices ?? [];
    return prices.some(
      (price) => price.purpose === 'plan' && price.interval === interval && price.intervalCount === intervalCount,
    );
  }

  private pick(
    prices: readonly CataloguePrice[],
    { key }: CataloguePlan,
    interval: string,
    intervalCount: number | null,
  ): CataloguePrice {
    const known = this.parseInterval(interval);
    const same = prices.filter((price) => price.interval === known);
    const found =
      same.find((price) => price.intervalCount === (intervalCount ?? 1)) ??
      (intervalCount === null && same.length === 1 ? same[0] : undefined);
    if (found !== undefined) return found;
    const period = intervalCount === null || intervalCount === 1 ? interval : `${intervalCount} ${interval}`;
    throw new BillingError('invalid_interval', `No price ID configured for ${key} ${period}`);
  }
}

function wrong(source: string, problems: readonly CatalogueProblem[]): ConfigurationError {
  const lines = problems.map(({ path, message }) => `${path === '' ? '' : `${path}: `}${message}`);
  return new ConfigurationError(`${source}:\n  ${lines.join('\n  ')}`);
}

/** A lookup key that is made of a plan's key may be another's: `team_3` by month and `team` by three months. */
function sameLookupKeys(catalogue: Catalogue): CatalogueProblem[] {
  const seen = new Map<string, string>();
  return catalogue.prices().flatMap(({ lookupKey, tier }) => {
    if (lookupKey === null) return [];
    const other = seen.get(lookupKey);
    seen.set(lookupKey, tier);
    if (other === undefined) return [];
    return [{ path: `plans.${tier}`, message: `has the lookup key ${lookupKey} of ${other}: name one in lookup_key` }];
  });
}

function defaultPrice(prices: readonly CataloguePrice[]): CataloguePrice {
  const monthly = prices.find(({ interval, intervalCount }) => interval === 'month' && intervalCount === 1);
  const only = prices.length === 1 ? prices[0] : undefined;
  const found = monthly ?? only;
  if (found !== undefined) return found;
  throw new BillingError(
    'invalid_interval',
    'Invalid interval: name one, since the plan has several and none is month',
  );
}

function toFeature(key: string, feature: CatalogueContent['features'][string]): CatalogueFeature {
  const { type, name = wordsOf(key), one = name, meter = null } = feature;
  const reset = feature.reset ?? (type === 'metered' ? 'month' : 'never');
  return { key, type, name, one, meter, reset };
}

function toPlan(key: string, plan: CatalogueContent['plans'][string], originOf: PriceOrigin): CataloguePlan {
  const { seats } = plan;
  const of = (purpose: PricePurpose, prices: typeof plan.prices, path: string) =>
    prices.map((price, place) => toPrice(key, purpose, price, (asked) => originOf(asked, `${path}[${place}]`)));
  return {
    key,
    name: plan.name ?? null,
    description: plan.description ?? null,
    group: plan.add_on ? null : (plan.group ?? MAIN_GROUP),
    isAddOn: plan.add_on,
    with: plan.with,
    isDefault: plan.default,
    rank: plan.rank ?? null,
    isPopular: plan.popular,
    trialDays: plan.trial_days ?? null,
    seats:
      seats === undefined
        ? null
        : {
            min: seats.min,
            max: seats.max ?? null,
            included: seats.included,
            feature: seats.feature ?? null,
            areItems: seats.prices.length > 0,
          },
    prices: [
      ...of('plan', plan.prices, `plans.${key}.prices`),
      ...of('seat', seats?.prices ?? [], `plans.${key}.seats.prices`),
    ],
    earlierPrices: plan.earlier_prices,
    features: new Map(Object.entries(plan.features)),
    highlights: plan.highlights,
  };
}

function toPrice(
  tier: string,
  purpose: PricePurpose,
  content: CatalogueContent['plans'][string]['prices'][number],
  originOf: (plan: Plan) => string,
): CataloguePrice {
  const { interval, interval_count: intervalCount, price, lookup_key: lookupKey, amounts } = content;
  const plan = { tier, interval, intervalCount };
  return {
    ...plan,
    purpose,
    id: price ?? null,
    lookupKey: price === undefined ? (lookupKey ?? defaultLookupKey(plan, purpose)) : null,
    amounts:
      amounts === undefined
        ? null
        : new Map(Object.entries(amounts).map(([code, value]) => [code, Money.fromDecimal(String(value), code)])),
    origin: originOf(plan),
  };
}

/** `team_month`, `team_3_month`, `team_seat_month`. */
function defaultLookupKey({ tier, interval, intervalCount }: Plan, purpose: PricePurpose): string {
  return [
    tier,
    ...(purpose === 'seat' ? ['seat'] : []),
    ...(intervalCount === 1 ? [] : [intervalCount]),
    interval,
  ].join('_');
}

function wordsOf(key: string): string {
  const words = key.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, place) => (typeof part === 'number' ? `[${part}]` : `${place === 0 ? '' : '.'}${String(part)}`))
    .join('');
}
