import { type BillingInterval } from '../../../src/catalogue/catalogue.schema.js';

/** Decimals of the currencies that shops are drawn in, written down here and not taken from the code under test. */
const DECIMALS: Readonly<Record<string, number>> = { jpy: 0, krw: 0, clp: 0, usd: 2, eur: 2, gbp: 2, kwd: 3, bhd: 3 };

export type Naming = 'amounts' | 'lookup_key' | 'id';

export interface Period {
  interval: BillingInterval;
  count: number;
}

export interface DrawnPrice extends Period {
  /** Minor units by currency. */
  amounts: Readonly<Record<string, number>>;
  /** How the file names it. */
  naming: Naming;
  /** Its own; null: the file names none. */
  lookupKey: string | null;
}

export type FeatureValue = boolean | number | 'unlimited';

export interface DrawnFeature {
  key: string;
  type: 'flag' | 'limit' | 'metered';
  reset: 'day' | 'week' | 'month' | 'year' | 'period' | 'never' | null;
}

export interface DrawnSeats {
  min: number;
  max: number | null;
  included: number;
  feature: string | null;
  /** Of a seat past those included; none: the price of the plan is that of a seat. */
  prices: readonly DrawnPrice[];
}

export interface DrawnPlan {
  key: string;
  /** Null: that of Stripe's product. */
  name: string | null;
  /** Null: the file names none, so `main`. */
  group: string | null;
  rank: number | null;
  isDefault: boolean;
  isAddOn: boolean;
  /** Plans that an add-on goes with; none: all. */
  with: readonly string[];
  trialDays: number | null;
  seats: DrawnSeats | null;
  prices: readonly DrawnPrice[];
  /** What it was sold at before, under another product. */
  earlierPrice: DrawnPrice | null;
  features: Readonly<Record<string, FeatureValue>>;
}

/** What a shop sells, as it was drawn. */
export interface Shop {
  currency: string;
  currencies: readonly string[];
  features: readonly DrawnFeature[];
  plans: readonly DrawnPlan[];
}

export const CURRENCIES = Object.keys(DECIMALS);

export function decimalsOf(currency: string): number {
  const decimals = DECIMALS[currency];
  if (decimals === undefined) throw new Error(`no shop has the currency ${currency}`);
  return decimals;
}

/** Minor units as the number of major units that a person would write. */
export function majorOf(minor: number, currency: string): number {
  const decimals = decimalsOf(currency);
  const digits = String(minor).padStart(decimals + 1, '0');
  return Number(decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`);
}

export function groupOf(plan: DrawnPlan): string {
  return plan.group ?? 'main';
}

/** The plans that are sold for themselves. */
export function soldPlans({ plans }: Shop): DrawnPlan[] {
  return plans.filter(({ isAddOn, prices }) => !isAddOn && prices.length > 0);
}

export function addOns({ plans }: Shop): DrawnPlan[] {
  return plans.filter(({ isAddOn }) => isAddOn);
}

export function isSamePeriod(one: Period, other: Period): boolean {
  return one.interval === other.interval && one.count === other.count;
}
