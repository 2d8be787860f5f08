import { Not } from 'typeorm';
import { type Subscription, type SubscriptionTier } from './subscription.entity.js';

/*
 * One subscription of a customer lives in a group of plans. What is sold at a price of no plan is in no group: it is
 * mirrored, listed and shown, the service never touches it, and it bars nothing.
 */

/** The tier of what is in no group. The unique index of live subscriptions leaves it out by the same word. */
const OUTSIDE: SubscriptionTier = 'custom';

/** True for a subscription of a plan of the catalogue. */
export function isInGroup({ tier }: Pick<Subscription, 'tier'>): boolean {
  return tier !== OUTSIDE;
}

/** The same as a condition of a query. */
export const IN_A_GROUP = { tier: Not(OUTSIDE) };

/** The same for a query that is built; `alias` is that of the subscription. */
export function inAGroupSql(alias: string): string {
  return `${alias}.tier <> '${OUTSIDE}'`;
}
