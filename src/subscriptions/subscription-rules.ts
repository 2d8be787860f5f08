import { BillingError } from '../common/billing-error.js';
import { type Columns } from '../sync/projection.js';
import { isInGroup } from './plan-group.js';
import { addOnsOfRow, isSameAddOns } from './subscription-items.mapper.js';
import { type AddOn, type Subscription } from './subscription.entity.js';
import { isLive } from './subscription-status.js';

/** What of a subscription as Stripe has it says whether it waits for a payment. */
interface WaitingForPayment {
  status: string;
  pending_update: object | null;
}

/**
 * `sub_…` of a row.
 * @throws BillingError subscription_state for one that stands for no subscription at Stripe
 */
export function stripeIdOf({ stripeSubscriptionId }: Pick<Subscription, 'stripeSubscriptionId'>): string {
  if (stripeSubscriptionId === null) throw new BillingError('subscription_state');
  return stripeSubscriptionId;
}

/** True when the subscription will end by itself: Stripe's flag, or a date alone as its customer portal sets it. */
export function isScheduledToEnd(row: Subscription): boolean {
  return row.endedAt === null && (row.cancelAtPeriodEnd || row.cancelAt !== null);
}

/**
 * True when the items are not all paid equally often: Stripe's own period end is the earliest of theirs then, not that of
 * the plan.
 */
export function hasOtherIntervals({ addOns, interval, intervalCount }: Subscription): boolean {
  return (addOns ?? []).some((addOn) => addOn.interval !== interval || addOn.intervalCount !== intervalCount);
}

/**
 * The order in which live subscriptions of a customer count: those that are more than a first payment left undone before
 * the others, and of those the oldest.
 */
export function byPrecedence(left: Subscription, right: Subscription): number {
  const unpaid = Number(left.status === 'incomplete') - Number(right.status === 'incomplete');
  if (unpaid !== 0) return unpaid;
  return left.stripeCreated - right.stripeCreated || left.id - right.id;
}

/** Whether a first payment, or that of an upgrade, which had waited was paid or failed for good; null: neither. */
export function changeOfWaiting(row: Subscription, columns: Columns<Subscription>): 'paid' | 'given_up' | null {
  if (row.status === 'incomplete' && (columns.status === 'active' || columns.status === 'trialing')) return 'paid';
  if (!row.hasPendingUpdate || columns.hasPendingUpdate !== false) return null;
  const isAsBefore =
    columns.stripePriceId === row.stripePriceId &&
    columns.quantity === row.quantity &&
    isSameAddOns(addOnsOfRow({ addOns: (columns.addOns ?? null) as AddOn[] | null }), addOnsOfRow(row));
  return isAsBefore ? 'given_up' : 'paid';
}

/** The subscription is the one that counts, and nothing of it waits for a payment. */
export function isSettled(row: Subscription, { status, pending_update: pending }: WaitingForPayment): boolean {
  const counts = row.duplicateOfId === null && isInGroup(row) && isLive(row.status);
  return counts && status !== 'incomplete' && pending === null;
}

/**
 * Whether a subscription can be resumed.
 * @param card what would pay its new period
 * @throws BillingError subscription_state, payment_method_required
 */
export function refuseToResume(row: Subscription, card: string | null): void {
  if (row.status !== 'paused') {
    const advice = isScheduledToEnd(row) ? '; reactivate it to take back its cancellation' : '';
    throw new BillingError('subscription_state', `This subscription is not paused${advice}`);
  }
  if (card === null)
    throw new BillingError(
      'payment_method_required',
      'There is no card to charge; add a payment method, then resume the subscription',
    );
}
