import { type EntityManager } from 'typeorm';
import { type Columns } from '../sync/projection.js';
import { type Subscription } from './subscription.entity.js';
import { isLive, isUnknownStatus, LIVE_STATUSES, type SubscriptionStatus } from './subscription-status.js';

/**
 * True for a write that moves nothing but its row and items, as a renewal: nothing waits for payment or for the end of the
 * period, no trial is to be counted, and who counts in the group stays. Pure.
 */
export function isPlainWrite(row: Subscription, columns: Columns<Subscription>): boolean {
  const next = { ...row, ...columns } as Subscription;
  const moves = row.customerId !== next.customerId || row.planGroup !== next.planGroup || row.duplicateOfId !== null;
  const waits = row.hasPendingUpdate || next.hasPendingUpdate || row.stripeScheduleId !== null;
  const isOnTrial = next.trialStart !== null && (row.trialStart === null || isTrialing(row) || isTrialing(next));
  return (
    !moves && !waits && !isOnTrial && isLive(row.status) && isLive(next.status) && !isUnknownStatus(next.stripeStatus)
  );
}

function isTrialing({ status }: { status: SubscriptionStatus }): boolean {
  return status === 'trialing';
}

/** Those of the customers, by our ids, with a second live subscription of a group: one of them counts. */
export async function findWithOthers(
  manager: EntityManager,
  customerIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await manager.query<{ customer_id: number }[]>(
    `SELECT customer_id FROM subscriptions
     WHERE customer_id = ANY($1) AND status::text = ANY($2) AND plan_group IS NOT NULL
     GROUP BY customer_id, plan_group HAVING count(*) > 1`,
    [customerIds, [...LIVE_STATUSES]],
  );
  return new Set(rows.map((row) => row.customer_id));
}
