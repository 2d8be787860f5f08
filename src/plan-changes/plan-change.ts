import { BillingError } from '../common/billing-error.js';
import { isTier, parseInterval, parseTier, type Plan, rank } from '../catalogue/tiers.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { type ChangeMoment, type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { isScheduledToEnd } from '../subscriptions/subscription-rules.js';

/** How a change of plan is carried out. */
export type ChangeKind = 'in_trial' | 'upgrade' | 'downgrade_now' | 'downgrade_at_period_end';

/**
 * The plan that a change asks for; what it does not name stays. `present`: the one that the subscription has, also at a
 * price that is not sold any more or that belongs to no plan. Null: none.
 * @throws BillingError invalid_tier, invalid_interval; nothing_to_update for a change that names nothing
 */
export function wantedPlan(row: Subscription, wish: UpdateSubscriptionDto): Plan | 'present' | null {
  const { tier, interval, payment_method_id: card } = wish;
  if (isAbsent(tier) && isAbsent(interval) && isAbsent(card)) throw new BillingError('nothing_to_update');
  if (isAbsent(tier) && isAbsent(interval)) return null;
  const isPresent = (isAbsent(tier) || isTier(tier, row.tier)) && (isAbsent(interval) || interval === row.interval);
  if (isPresent) return 'present';
  return { tier: parseTier(tier ?? row.tier), interval: parseInterval(interval ?? row.interval) };
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** A higher tier, or the same one at a longer interval, is an upgrade; everything else a downgrade. */
export function kindOfChange(row: Subscription, plan: Plan, when: ChangeMoment): ChangeKind {
  if (row.status === 'trialing') return 'in_trial';
  const step = rank(plan.tier) - rank(row.tier);
  const isLonger =
    plan.interval === 'year' && row.interval !== 'year' && row.intervalCount <= MOST_OF_A_YEAR[row.interval];
  if (step > 0 || (step === 0 && isLonger)) return 'upgrade';
  return when === 'now' ? 'downgrade_now' : 'downgrade_at_period_end';
}

/** How many intervals are shorter than a year. */
const MOST_OF_A_YEAR = { day: 364, week: 52, month: 11, year: 0 } as const;

/**
 * Whether the state of the subscription allows a change.
 * @throws BillingError subscription_state, scheduled_for_cancellation
 */
export function refuseByState(row: Subscription, changesPlan: boolean): void {
  if (row.status === 'past_due' || row.status === 'unpaid') {
    if (changesPlan) throw new BillingError('subscription_state', 'Pay the open invoice before changing the plan');
    return;
  }
  if (row.status === 'paused') {
    if (changesPlan) throw new BillingError('subscription_state', 'Resume the subscription before changing the plan');
    return;
  }
  if (row.status !== 'trialing' && row.status !== 'active') throw new BillingError('subscription_state');
  if (changesPlan && isScheduledToEnd(row)) throw new BillingError('scheduled_for_cancellation');
}

/** True for the card that pays the subscription already. */
export function isPaying(
  { attached, stripeId }: ResolvedPaymentMethod,
  row: Subscription,
  customer: StripeCustomer,
): boolean {
  return attached && stripeId === (row.stripeDefaultPaymentMethodId ?? customer.defaultStripePaymentMethodId);
}
