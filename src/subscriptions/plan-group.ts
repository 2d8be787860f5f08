import { IsNull, Not } from 'typeorm';
import { type Subscription } from './subscription.entity.js';

/*
 * One subscription of a customer lives in a group of plans. What is sold at a price of no plan is in no group: it is
 * mirrored, listed and shown, the service never touches it, and it bars nothing. The unique index of
 * live subscriptions leaves it out, too.
 */

/** True for a subscription of a plan of the catalogue. */
export function isInGroup({ planGroup }: Pick<Subscription, 'planGroup'>): boolean {
  return planGroup !== null;
}

/** The same as a condition of a query. */
export const IN_A_GROUP = { planGroup: Not(IsNull()) };
