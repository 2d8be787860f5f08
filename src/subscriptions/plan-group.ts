import { Not } from 'typeorm';
import { type Subscription, type SubscriptionTier, TIER_OF_NO_PLAN } from './subscription.entity.js';

/*
 * One subscription of a customer lives in a group of plans. What is sold at a price of no plan is in no group: it is
 * mirrored, listed and shown, the service never touches it, and it bars nothing. The unique index of
 * live subscriptions leaves it out, too.
 */

/** True for a subscription of a plan of the catalogue. */
export function isInGroup({ tier }: Pick<Subscription, 'tier'>): boolean {
  return tier !== TIER_OF_NO_PLAN;
}

/** The same as a condition of a query. */
export const IN_A_GROUP = { tier: Not<SubscriptionTier>(TIER_OF_NO_PLAN) };
