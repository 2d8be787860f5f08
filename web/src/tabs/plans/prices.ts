import { type Plan, type PlanInterval, type PlanPrice } from 'stripe-billing-client';

const MONTHS_A_YEAR = 12;

export function priceOf(plan: Plan, interval: PlanInterval): PlanPrice | undefined {
  return plan.prices.find((price) => price.interval === interval);
}

/** What a year costs less than twelve months: the amount, and as a share; null when it does not. */
export function yearlySaving(plan: Plan): { amount: number; share: number; currency: string } | null {
  const month = priceOf(plan, 'month');
  const year = priceOf(plan, 'year');
  if (month === undefined || year === undefined || month.currency !== year.currency) return null;
  const twelve = month.amount * MONTHS_A_YEAR;
  const amount = twelve - year.amount;
  return amount > 0 ? { amount, share: amount / twelve, currency: year.currency } : null;
}

/** The largest share that a plan saves by the year. */
export function bestSaving(plans: readonly Plan[]): number {
  return Math.max(0, ...plans.map((plan) => yearlySaving(plan)?.share ?? 0));
}
