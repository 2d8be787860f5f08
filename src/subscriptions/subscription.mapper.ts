import type Stripe from 'stripe';
import { dateFromEpochSeconds } from '../common/clock.js';
import { Money } from '../common/money.js';
import { type Columns } from '../sync/projection.js';
import { type Facts } from '../sync/write-listeners.js';
import { expanded, idOf } from '../stripe/values.js';
import { BILLING_INTERVALS, type BillingInterval } from '../catalogue/catalogue.schema.js';
import { type AddOnChoice } from '../catalogue/composition.js';
import { type PriceKnowledge } from '../catalogue/plan-of-price.js';
import { type AddOnDto, type ScheduledChangeDto, type SubscriptionFactsDto } from './dto/subscription.dto.js';
import { amountOfItem, type ItemAmount, sumOf } from './item-amount.mapper.js';
import { referenceTo } from './plan-item.mapper.js';
import { type AddOn, TIER_OF_NO_PLAN, type Subscription } from './subscription.entity.js';
import { toWaitingColumns } from './collection/payment-state.mapper.js';
import { quantityOf, type SortedItems, sortItems, toAddOnChoiceDto } from './subscription-items.mapper.js';
import { isScheduledToEnd } from './subscription-rules.js';
import { toSubscriptionStatus } from './subscription-status.js';

/** Stripe subscription → row. */
export function toSubscriptionColumns(
  source: Stripe.Subscription,
  customerId: number,
  knowledge: PriceKnowledge,
): Columns<Subscription> {
  return {
    customerId,
    stripeSubscriptionId: source.id,
    status: toSubscriptionStatus(source.status),
    stripeStatus: source.status,
    ...itemColumns(source, knowledge),
    currency: source.currency,
    trialStart: dateFromEpochSeconds(source.trial_start),
    trialEnd: dateFromEpochSeconds(source.trial_end),
    cancelAtPeriodEnd: source.cancel_at_period_end,
    cancelAt: dateFromEpochSeconds(source.cancel_at),
    canceledAt: dateFromEpochSeconds(source.canceled_at),
    endedAt: dateFromEpochSeconds(source.ended_at),
    cancellationReason: source.cancellation_details?.comment || null,
    stripeDefaultPaymentMethodId: idOf(source.default_payment_method),
    latestStripeInvoiceId: idOf(source.latest_invoice),
    stripeScheduleId: idOf(source.schedule),
    stripeCouponId: couponOf(source),
    ...toWaitingColumns(source, knowledge),
    stripeCreated: source.created,
    metadata: source.metadata,
  };
}

/** What the plan and its seats say, and what the other items do. */
function itemColumns(
  { items: { data }, currency }: Stripe.Subscription,
  knowledge: PriceKnowledge,
): Columns<Subscription> {
  const sorted = sortItems(data, knowledge);
  const { plan: item, seats } = sorted;
  const { amount, reason } = amountOf(sorted, currency);
  const keys = new Map(sorted.addOns.map(({ item: addOn, tier }) => [addOn, tier]));
  const others = data
    .filter((other) => other !== item && other !== seats)
    .map((other) => toAddOn(other, keys.get(other) ?? null, currency));
  const plan = item === undefined ? null : knowledge.findPlan(referenceTo(item.price));
  return {
    tier: plan?.tier ?? TIER_OF_NO_PLAN,
    planGroup: plan?.group ?? null,
    interval: toInterval(item?.price.recurring?.interval),
    intervalCount: item?.price.recurring?.interval_count ?? 1,
    amount: amount?.toColumn() ?? '0.000',
    amountReason: reason,
    currentPeriodStart: dateFromEpochSeconds(item?.current_period_start),
    currentPeriodEnd: dateFromEpochSeconds(item?.current_period_end),
    stripeItemId: item?.id ?? null,
    stripePriceId: item?.price.id ?? null,
    quantity: quantityOf(sorted),
    addOns: others.length === 0 ? null : others,
  };
}

/** What the plan costs with its seats. */
function amountOf({ plan, seats }: SortedItems<Stripe.SubscriptionItem>, currency: string): ItemAmount {
  if (plan === undefined) return { amount: null, reason: 'unknown' };
  const own = amountOfItem(plan, currency);
  return seats === undefined ? own : sumOf(own, amountOfItem(seats, currency));
}

function toAddOn(item: Stripe.SubscriptionItem, plan: string | null, currency: string): AddOn {
  const { price, quantity, current_period_end: currentPeriodEnd } = item;
  const { amount, reason } = amountOfItem(item, currency);
  return {
    price: price.id,
    plan,
    name: price.nickname ?? null,
    quantity: quantity ?? null,
    interval: toInterval(price.recurring?.interval),
    intervalCount: price.recurring?.interval_count ?? 1,
    amount: amount?.toColumn() ?? null,
    amountReason: reason,
    currentPeriodEnd,
  };
}

function couponOf(source: Stripe.Subscription): string | null {
  const discount = expanded(source.discounts[0]);
  return discount === null ? null : idOf(discount.source.coupon);
}

export function toInterval(interval: string | undefined): BillingInterval {
  return BILLING_INTERVALS.find((known) => known === interval) ?? 'month';
}

/** A change of plan that takes effect later. */
export interface ScheduledChange {
  tier: string;
  interval: BillingInterval;
  intervalCount: number;
  /** Seats in all. */
  quantity: number;
  /** Add-ons of the catalogue. */
  addOns: readonly AddOnChoice[];
  at: Date;
}

/** Row → response. */
export function toSubscriptionDto(row: Subscription, scheduledChange: ScheduledChange | null): SubscriptionFactsDto {
  return {
    id: row.id,
    tier: row.tier,
    status: row.status,
    amount: row.amountReason === null ? toNumber(row.amount, row.currency) : null,
    currency: row.currency,
    interval: row.interval,
    interval_count: row.intervalCount,
    quantity: row.quantity,
    amount_reason: row.amountReason,
    add_ons: (row.addOns ?? []).map((addOn) => toAddOnDto(addOn, row)),
    current_period_start: iso(row.currentPeriodStart),
    current_period_end: iso(row.currentPeriodEnd),
    trial_start: iso(row.trialStart),
    trial_end: iso(row.trialEnd),
    cancel_at_period_end: isScheduledToEnd(row),
    cancel_at: iso(endOf(row)),
    canceled_at: iso(row.canceledAt),
    ended_at: iso(row.endedAt),
    coupon: row.stripeCouponId,
    scheduled_change: scheduledChange === null ? null : toScheduledChangeDto(scheduledChange),
    created_at: new Date(row.stripeCreated * 1000).toISOString(),
  };
}

/**
 * Row → what events say of it: the response, without what other tables say of the subscription, and with what decides
 * what it gives.
 */
export function toSubscriptionFacts(row: Subscription): Facts {
  const { scheduled_change: _, ...facts } = toSubscriptionDto(row, null);
  return {
    ...facts,
    stripe_subscription_id: row.stripeSubscriptionId,
    group: row.planGroup,
    is_duplicate: row.duplicateOfId !== null,
    pause_collection: row.pauseCollectionBehavior,
  };
}

function toScheduledChangeDto(change: ScheduledChange): ScheduledChangeDto {
  return {
    tier: change.tier,
    interval: change.interval,
    interval_count: change.intervalCount,
    quantity: change.quantity,
    add_ons: change.addOns.map(toAddOnChoiceDto),
    at: change.at.toISOString(),
  };
}

function toAddOnDto(addOn: AddOn, row: Subscription): AddOnDto {
  const end = isScheduledToEnd(row) ? endOf(row) : null;
  return {
    price: addOn.price,
    plan: addOn.plan ?? null,
    name: addOn.name,
    quantity: addOn.quantity,
    interval: addOn.interval,
    interval_count: addOn.intervalCount,
    amount: addOn.amount === null ? null : toNumber(addOn.amount, row.currency),
    amount_reason: addOn.amountReason,
    current_period_end: new Date(addOn.currentPeriodEnd * 1000).toISOString(),
    rest_is_credited: end !== null && addOn.currentPeriodEnd * 1000 > end.getTime(),
  };
}

function toNumber(amount: string, currency: string): number {
  return Money.fromDecimal(amount, currency).toNumber();
}

/** When the subscription is to end by itself. */
function endOf(row: Subscription): Date | null {
  return row.cancelAt ?? (row.cancelAtPeriodEnd ? row.currentPeriodEnd : null);
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
