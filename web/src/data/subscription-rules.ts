import { type BillingInterval, type Plan, type Subscription } from 'stripe-billing-client';

/** How often a plan is paid. */
export interface Period {
  interval: BillingInterval;
  intervalCount: number;
}

/** A plan and how often it is paid. */
export interface PlanChoice extends Period {
  tier: string;
}

export type ChangeKind = 'upgrade' | 'downgrade' | 'trial';

/** Twelve months are a year. */
const DAYS: Readonly<Record<BillingInterval, number>> = { day: 1, week: 7, month: 365 / 12, year: 365 };

export function daysOf({ interval, intervalCount }: Period): number {
  return DAYS[interval] * intervalCount;
}

export function isSamePeriod(one: Period, other: Period): boolean {
  return one.interval === other.interval && one.intervalCount === other.intervalCount;
}

/**
 * How the server will carry out a change of plan: the same rules, for the words of the dialogue only.
 * @param plans those on sale; what is not among them is below all of them
 */
export function changeKind(subscription: Subscription, choice: PlanChoice, plans: readonly Plan[]): ChangeKind {
  if (subscription.status === 'trialing') return 'trial';
  const rankOf = (tier: string) => plans.find((plan) => plan.tier === tier)?.rank ?? -1;
  const step = rankOf(choice.tier) - rankOf(subscription.tier);
  const isLonger = choice.tier === subscription.tier && daysOf(choice) > daysOf(subscription);
  return step > 0 || isLonger ? 'upgrade' : 'downgrade';
}

export function isChosen(subscription: PlanChoice, choice: PlanChoice): boolean {
  return subscription.tier === choice.tier && isSamePeriod(subscription, choice);
}

export function isCurrent(subscription: Subscription | null | undefined, choice: PlanChoice): boolean {
  if (subscription === null || subscription === undefined) return false;
  return isChosen(subscription, choice) && subscription.status !== 'incomplete';
}

/** True while a purchase is possible: without a subscription, or with one whose first payment is not finished. */
export function canPurchase(subscription: Subscription | null | undefined): boolean {
  return subscription === null || subscription?.status === 'incomplete';
}

/** Why the plan cannot be changed at the moment. */
export function changeObstacle(subscription: Subscription | null | undefined): 'ending' | 'unpaid' | 'paused' | null {
  if (subscription === null || subscription === undefined || canPurchase(subscription)) return null;
  if (subscription.cancelAtPeriodEnd) return 'ending';
  if (subscription.status === 'paused') return 'paused';
  return subscription.status === 'active' || subscription.status === 'trialing' ? null : 'unpaid';
}

/** True while a payment is still to come, so that the state may change without the page. */
export function isUnsettled(subscription: Subscription | null | undefined): boolean {
  if (subscription?.pendingChange !== undefined || subscription?.paymentProblem !== undefined) return true;
  return ['incomplete', 'past_due', 'unpaid'].includes(subscription?.status ?? '');
}
