import { type PaidTier, type PlanInterval, type Subscription } from 'stripe-billing-client';

const RANK: Readonly<Record<string, number>> = { starter: 1, professional: 2, enterprise: 3 };

/** A plan and how often it is paid. */
export interface PlanChoice {
  tier: PaidTier;
  interval: PlanInterval;
}

export type ChangeKind = 'upgrade' | 'downgrade' | 'trial';

/** How the server will carry out a change of plan: the same rules, for the words of the dialogue only. */
export function changeKind(subscription: Subscription, choice: PlanChoice): ChangeKind {
  if (subscription.status === 'trialing') return 'trial';
  const before = RANK[subscription.tier] ?? 0;
  const after = RANK[choice.tier] ?? 0;
  if (after !== before) return after > before ? 'upgrade' : 'downgrade';
  return subscription.interval === 'month' && choice.interval === 'year' ? 'upgrade' : 'downgrade';
}

export function isCurrent(subscription: Subscription | null | undefined, choice: PlanChoice): boolean {
  return (
    subscription?.tier === choice.tier &&
    subscription.interval === choice.interval &&
    subscription.status !== 'incomplete'
  );
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
