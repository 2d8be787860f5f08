import { type Plan, type PlanPrice } from 'stripe-billing-client';
import { daysOf, isSamePeriod, type Period } from '../../data/subscription-rules.js';

const MONTH: Period = { interval: 'month', intervalCount: 1 };
const MONTHS_A_YEAR = 12;

/** The price of a plan for a period. */
function priceOf(plan: Plan, period: Period): PlanPrice | undefined {
  return plan.prices.find((price) => isSamePeriod(price, period));
}

/** The price to show where a period is asked for: that of the plan, else the one by the month, else its first. */
export function shownPrice(plan: Plan, period: Period): PlanPrice | undefined {
  return priceOf(plan, period) ?? priceOf(plan, MONTH) ?? plan.prices[0];
}

/** The periods that plans are sold for, the shortest first. */
export function periodsOf(plans: readonly Plan[]): Period[] {
  const periods = plans.flatMap(({ prices }) => prices);
  return periods
    .filter((period, place) => periods.findIndex((other) => isSamePeriod(other, period)) === place)
    .map(({ interval, intervalCount }) => ({ interval, intervalCount }))
    .sort((one, other) => daysOf(one) - daysOf(other));
}

/** The period to begin with: that of the subscription, else a month, else the shortest. */
export function firstPeriod(periods: readonly Period[], present: Period | null | undefined): Period {
  const isSold = (wanted: Period) => periods.some((period) => isSamePeriod(period, wanted));
  if (present && isSold(present)) return present;
  return isSold(MONTH) ? MONTH : (periods[0] ?? MONTH);
}

/** An amount of money. */
export interface Amount {
  amount: number;
  /** ISO 4217 code in lower case. */
  currency: string;
}

/** What a price is in the currency that one pays in already, where it is sold in that one; else in its own. */
export function amountOf(price: PlanPrice, currency: string | undefined): Amount {
  const own = currency === undefined ? undefined : price.amounts[currency];
  return own === undefined || currency === undefined
    ? { amount: price.amount, currency: price.currency }
    : { amount: own, currency };
}

/** The currencies in which anything is sold, that of the catalogue first. */
export function currenciesOf(plans: readonly Plan[]): string[] {
  const prices = plans.flatMap((plan) => plan.prices);
  return [...new Set(prices.flatMap(({ currency, amounts }) => [currency, ...Object.keys(amounts)]))];
}

/** The plans with their prices in a currency, without those that are not sold in it. Undefined: as they are. */
export function plansIn(plans: readonly Plan[], currency: string | undefined): Plan[] {
  if (currency === undefined) return [...plans];
  const inCurrency = (prices: readonly PlanPrice[]) =>
    prices
      .filter(({ amounts }) => amounts[currency] !== undefined)
      .map((price) => ({ ...price, ...amountOf(price, currency) }));
  return plans.flatMap((plan) => {
    const prices = inCurrency(plan.prices);
    if (prices.length === 0 && plan.prices.length > 0) return [];
    const { seats } = plan;
    return [
      { ...plan, prices, ...(seats === undefined ? {} : { seats: { ...seats, prices: inCurrency(seats.prices) } }) },
    ];
  });
}

/** What a price is by the month, for a plan that is sold by the month, too; null for a period that is not made of months. */
export function monthlyAmount(plan: Plan, price: PlanPrice, currency: string | undefined): Amount | null {
  const months = monthsOf(price);
  if (months === null || months === 1 || priceOf(plan, MONTH) === undefined) return null;
  const { amount, currency: code } = amountOf(price, currency);
  return { amount: amount / months, currency: code };
}

/** What a price saves against as many months one by one: the amount, and as a share; null when it saves nothing. */
export function savingOf(plan: Plan, price: PlanPrice, currency?: string): (Amount & { share: number }) | null {
  const monthly = priceOf(plan, MONTH);
  const months = monthsOf(price);
  if (monthly === undefined || months === null) return null;
  const one = amountOf(monthly, currency);
  const all = amountOf(price, currency);
  if (one.currency !== all.currency) return null;
  const singly = one.amount * months;
  const amount = singly - all.amount;
  return amount > 0 ? { amount, share: amount / singly, currency: all.currency } : null;
}

/** The largest share that a plan saves by a longer period. */
export function bestSaving(plans: readonly Plan[]): number {
  const shares = plans.flatMap((plan) => plan.prices.map((price) => savingOf(plan, price)?.share ?? 0));
  return Math.max(0, ...shares);
}

function monthsOf({ interval, intervalCount }: Period): number | null {
  if (interval === 'month') return intervalCount;
  return interval === 'year' ? intervalCount * MONTHS_A_YEAR : null;
}
