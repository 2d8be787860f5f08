import type Stripe from 'stripe';
import { dateFromEpochSeconds } from '../common/clock.js';
import { Money } from '../common/money.js';
import { type Columns } from '../sync/projection.js';
import { expanded, idOf } from '../stripe/values.js';
import { type SubscriptionFactsDto } from './dto/subscription.dto.js';
import {
  type Subscription,
  SUBSCRIPTION_INTERVALS,
  type SubscriptionInterval,
  type SubscriptionTier,
} from './subscription.entity.js';
import { toWaitingColumns } from './payment-state.mapper.js';
import { isScheduledToEnd } from './subscription-rules.js';
import { toSubscriptionStatus } from './subscription-status.js';

/** Tier and interval of a price that is one of the six; null for any other. */
export type PlanOfPrice = (priceId: string) => { tier: SubscriptionTier; interval: SubscriptionInterval } | null;

/** Stripe subscription → row. */
export function toSubscriptionColumns(
  source: Stripe.Subscription,
  customerId: number,
  planOf: PlanOfPrice,
): Columns<Subscription> {
  const item = source.items.data[0];
  const priceId = item?.price.id ?? null;
  const plan = priceId === null ? null : planOf(priceId);
  const period = periodOf(source.items.data);
  return {
    customerId,
    stripeSubscriptionId: source.id,
    status: toSubscriptionStatus(source.status),
    stripeStatus: source.status.slice(0, 50),
    tier: plan?.tier ?? 'custom',
    interval: plan?.interval ?? toInterval(item?.price.recurring?.interval),
    amount: amountOf(source).toColumn(),
    currency: source.currency,
    currentPeriodStart: dateFromEpochSeconds(period?.start),
    currentPeriodEnd: dateFromEpochSeconds(period?.end),
    trialStart: dateFromEpochSeconds(source.trial_start),
    trialEnd: dateFromEpochSeconds(source.trial_end),
    cancelAtPeriodEnd: source.cancel_at_period_end,
    cancelAt: dateFromEpochSeconds(source.cancel_at),
    canceledAt: dateFromEpochSeconds(source.canceled_at),
    endedAt: dateFromEpochSeconds(source.ended_at),
    cancellationReason: source.cancellation_details?.comment?.slice(0, 500) || null,
    stripeItemId: item?.id ?? null,
    stripePriceId: priceId,
    quantity: item?.quantity ?? 1,
    stripeDefaultPaymentMethodId: idOf(source.default_payment_method),
    latestStripeInvoiceId: idOf(source.latest_invoice),
    stripeScheduleId: idOf(source.schedule),
    stripeCouponId: couponOf(source),
    ...toWaitingColumns(source, planOf),
    stripeCreated: source.created,
    metadata: source.metadata,
  };
}

/** Price of one interval: unit amount × quantity of every item; an item without a unit amount counts as nothing. */
function amountOf(source: Stripe.Subscription): Money {
  return source.items.data.reduce(
    (sum, { price, quantity }) => {
      const minorUnits = BigInt(price.unit_amount ?? 0) * BigInt(quantity ?? 1);
      return sum.plus(Money.fromMinorUnits(minorUnits, source.currency));
    },
    Money.fromMinorUnits(0, source.currency),
  );
}

/** Items may have periods of their own; the one that ends first is shown. */
function periodOf(items: Stripe.SubscriptionItem[]): { start: number; end: number } | null {
  const first = [...items].sort((left, right) => left.current_period_end - right.current_period_end)[0];
  return first === undefined ? null : { start: first.current_period_start, end: first.current_period_end };
}

function couponOf(source: Stripe.Subscription): string | null {
  const discount = expanded(source.discounts[0]);
  return discount === null ? null : idOf(discount.source.coupon);
}

function toInterval(interval: string | undefined): SubscriptionInterval {
  return SUBSCRIPTION_INTERVALS.find((known) => known === interval) ?? 'month';
}

/** A change of plan that takes effect later. */
export interface ScheduledChange {
  tier: SubscriptionTier;
  interval: SubscriptionInterval;
  at: Date;
}

/** Row → response. */
export function toSubscriptionDto(row: Subscription, scheduledChange: ScheduledChange | null): SubscriptionFactsDto {
  return {
    id: row.id,
    tier: row.tier,
    status: row.status,
    amount: Money.fromDecimal(row.amount, row.currency).toNumber(),
    currency: row.currency,
    interval: row.interval,
    quantity: row.quantity,
    current_period_start: iso(row.currentPeriodStart),
    current_period_end: iso(row.currentPeriodEnd),
    trial_start: iso(row.trialStart),
    trial_end: iso(row.trialEnd),
    cancel_at_period_end: isScheduledToEnd(row),
    cancel_at: iso(row.cancelAt ?? (row.cancelAtPeriodEnd ? row.currentPeriodEnd : null)),
    canceled_at: iso(row.canceledAt),
    ended_at: iso(row.endedAt),
    coupon: row.stripeCouponId,
    scheduled_change:
      scheduledChange === null
        ? null
        : { tier: scheduledChange.tier, interval: scheduledChange.interval, at: scheduledChange.at.toISOString() },
    created_at: new Date(row.stripeCreated * 1000).toISOString(),
  };
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
