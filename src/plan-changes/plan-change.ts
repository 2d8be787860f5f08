import { BillingError } from '../common/billing-error.js';
import { type Catalogue, type Plan } from '../catalogue/catalogue.js';
import { type BillingInterval } from '../catalogue/catalogue.schema.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { type ChangeMoment, type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { isInGroup } from '../subscriptions/plan-group.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { isScheduledToEnd } from '../subscriptions/subscription-rules.js';

/** How a change of plan is carried out. */
export type ChangeKind = 'in_trial' | 'upgrade' | 'downgrade_now' | 'downgrade_at_period_end';

/**
 * The plan that a change asks for; what it does not name stays. `present`: the one that the subscription has, also at a
 * price that is not sold any more or that belongs to no plan. Null: none.
 * @throws BillingError invalid_tier, invalid_interval; nothing_to_update for a change that names nothing; not_in_catalogue
 */
export function wantedPlan(
  row: Subscription,
  wish: UpdateSubscriptionDto,
  catalogue: Catalogue,
): Plan | 'present' | null {
  const { tier, interval, interval_count: count, payment_method_id: card, quantity, add_ons: addOns } = wish;
  if ([tier, interval, count, card, quantity, addOns].every(isAbsent)) throw new BillingError('nothing_to_update');
  if (isAbsent(tier) && isAbsent(interval) && isAbsent(count)) return null;
  const staysTier = isAbsent(tier) || tier.trim().toLowerCase() === row.tier;
  const staysPeriod =
    (isAbsent(interval) || interval === row.interval) && (isAbsent(count) || count === row.intervalCount);
  const isPresent = staysTier && staysPeriod;
  if (isPresent) return 'present';
  if (!isInGroup(row)) {
    if (!isAbsent(tier)) catalogue.parsePlan(tier);
    if (!isAbsent(interval)) catalogue.parseInterval(interval);
    throw new BillingError('not_in_catalogue');
  }
  const named = tier ?? row.tier;
  refuseFreePlan(named, catalogue);
  const chosen = catalogue.parsePlan(named);
  if (chosen.group !== row.planGroup)
    throw new BillingError('invalid_tier', `Invalid tier: ${named}. It is of another group: buy it beside this one`);
  const keepsPeriod = isAbsent(interval) && isAbsent(count) && catalogue.sells({ ...row, tier: named });
  return catalogue.choose(named, interval ?? row.interval, keepsPeriod ? row.intervalCount : (count ?? null));
}

/** A plan without prices is had, not bought: one returns to it by cancelling. */
function refuseFreePlan(tier: string, { plans }: Catalogue): void {
  const plan = plans.get(tier.trim().toLowerCase());
  if (plan === undefined || plan.isAddOn || plan.prices.length > 0) return;
  throw new BillingError('invalid_tier', `Invalid tier: ${tier}. To return to it, cancel the subscription`);
}

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/**
 * A higher tier, or the same one at a longer interval, is an upgrade; everything else a downgrade.
 * @param rankOf place of a plan among the others
 */
export function kindOfChange(
  row: Subscription,
  plan: Plan,
  when: ChangeMoment,
  rankOf: (tier: string) => number,
): ChangeKind {
  if (row.status === 'trialing') return 'in_trial';
  const step = rankOf(plan.tier) - rankOf(row.tier);
  const isLonger = plan.tier === row.tier && daysOf(plan) > daysOf(row);
  if (step > 0 || isLonger) return 'upgrade';
  return when === 'now' ? 'downgrade_now' : 'downgrade_at_period_end';
}

/** Twelve months are a year. */
const DAYS: Readonly<Record<BillingInterval, number>> = { day: 1, week: 7, month: 365 / 12, year: 365 };

function daysOf({ interval, intervalCount }: Pick<Plan, 'interval' | 'intervalCount'>): number {
  return DAYS[interval] * intervalCount;
}

/**
 * Whether the state of the subscription allows a change.
 * @throws BillingError subscription_state, scheduled_for_cancellation, not_in_catalogue
 */
export function refuseByState(row: Subscription, changesPlan: boolean): void {
  if (changesPlan && !isInGroup(row)) throw new BillingError('not_in_catalogue');
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
