export const SUBSCRIPTION_STATUSES = [
  'trialing',
  'active',
  'incomplete',
  'past_due',
  'canceled',
  'unpaid',
  'incomplete_expired',
  'paused',
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** Statuses in which a subscription exists for its customer; at most one such subscription of the plans a customer. */
export const LIVE_STATUSES = [
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'paused',
  'incomplete',
] as const satisfies readonly SubscriptionStatus[];

const KNOWN = new Set<string>(SUBSCRIPTION_STATUSES);
const LIVE = new Set<string>(LIVE_STATUSES);

/** True while the subscription can still be used, paid or completed. */
export function isLive(status: SubscriptionStatus): boolean {
  return LIVE.has(status);
}

/**
 * Stripe's status as ours. Stripe's list is open: a word that is not known yet counts as `active`, since it is not one
 * of the two that end a subscription; `stripe_status` keeps the word.
 */
export function toSubscriptionStatus(stripeStatus: string): SubscriptionStatus {
  return KNOWN.has(stripeStatus) ? (stripeStatus as SubscriptionStatus) : 'active';
}

/** True for a status of Stripe's that this version has no name for. */
export function isUnknownStatus(stripeStatus: string): boolean {
  return !KNOWN.has(stripeStatus);
}
