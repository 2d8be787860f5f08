import type Stripe from 'stripe';
import { type FindPlan, type PriceReference } from '../catalogue/plan-of-price.js';
import { idOf } from '../stripe/values.js';

type Item = Stripe.SubscriptionItem;

/**
 * The item that is the plan's, wherever it stands: the one whose price the plan is sold at now, else one of an earlier
 * price; of several the highest plan. Where no item belongs to a plan, the first one stands for it.
 */
export function planItemOf(items: readonly Item[], findPlan: FindPlan): Item | undefined {
  const prices = items.map(({ price }) => ({
    ...referenceTo(price),
    isMetered: price.recurring?.usage_type === 'metered',
  }));
  return items[planIndexOf(prices, findPlan)];
}

/** `isMetered`: a plan is what is paid for in advance before what is billed by use. */
type CandidatePrice = PriceReference & { isMetered?: boolean };

/** The place of the plan's price among the prices of a subscription's items, or of a schedule's phase. */
export function planIndexOf(prices: readonly CandidatePrice[], findPlan: FindPlan): number {
  let best: { place: number; order: readonly number[] } | null = null;
  prices.forEach((price, place) => {
    const plan = findPlan(price);
    if (plan === null) return;
    const order = [plan.isCurrent ? 1 : 0, price.isMetered === true ? 0 : 1, plan.rank];
    if (best === null || isHigher(order, best.order)) best = { place, order };
  });
  return (best as { place: number } | null)?.place ?? 0;
}

function isHigher(order: readonly number[], other: readonly number[]): boolean {
  const place = order.findIndex((value, index) => value !== other[index]);
  return place >= 0 && (order[place] ?? 0) > (other[place] ?? 0);
}

export function referenceTo(price: string | { id: string; product?: string | { id: string } }): PriceReference {
  return typeof price === 'string'
    ? { id: price, product: null }
    : { id: price.id, product: idOf(price.product ?? null) };
}

/**
 * How a subscription is told to end with the period of its plan. Without several intervals by Stripe's flag, which follows
 * the period when that moves; else by the date. The rest of an item that was paid for longer is credited.
 */
export function periodEnd(
  subscription: Pick<Stripe.Subscription, 'items'> | null,
  findPlan: FindPlan,
): Pick<Stripe.SubscriptionUpdateParams, 'cancel_at_period_end' | 'cancel_at' | 'proration_behavior'> {
  const items = subscription?.items.data ?? [];
  const plan = planItemOf(items, findPlan);
  if (plan === undefined || !hasSeveralIntervals(items)) return { cancel_at_period_end: true };
  const runsLonger = items.some((item) => item.current_period_end > plan.current_period_end);
  return { cancel_at: plan.current_period_end, proration_behavior: runsLonger ? 'create_prorations' : 'none' };
}

function hasSeveralIntervals(items: readonly Item[]): boolean {
  const intervals = items.map(({ price: { recurring } }) => `${recurring?.interval_count} ${recurring?.interval}`);
  return new Set(intervals).size > 1;
}
