import { type Context, withoutHidden } from '../../kernel/context.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { planOf } from '../plan/plan-type.js';
import { prices } from '../price/price-type.js';
import { newItem } from '../subscription-item/compute-item.js';
import { latestPeriodEnd } from '../subscription-item/item-periods.js';
import { type ItemChange } from '../subscription-item/subscription-item-parameters.js';
import { commitUpdate } from '../subscription/commit-update.js';
import { computeUpdate } from '../subscription/compute-update.js';
import { endSubscription } from '../subscription/end-subscription.js';
import { saveSubscription } from '../subscription/save-subscription.js';
import { type Subscription, type SubscriptionItem, isTerminal } from '../subscription/subscription-type.js';
import { type SchedulePhase, type SubscriptionSchedule, subscriptionSchedules } from './subscription-schedule-type.js';

/** What a phase makes of the items, as an update would say it: each takes the place of the one in the same position. */
function changesFor(subscription: Subscription, phase: SchedulePhase): ItemChange[] {
  const wanted = phase.items.map((item, position): ItemChange => {
    const current = subscription.items.data[position];
    return {
      ...(current === undefined ? {} : { id: current.id }),
      ...(current?.price.id === item.price ? {} : { price: item.price }),
      ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      metadata: item.metadata ?? {},
    };
  });
  const surplus = subscription.items.data.slice(phase.items.length).map((item) => ({ id: item.id, deleted: true }));
  return [...wanted, ...surplus];
}

/** Whether a phase has other prices or quantities than a subscription. */
export function changesItems(subscription: Subscription, phase: SchedulePhase): boolean {
  const { data } = subscription.items;
  return (
    data.length !== phase.items.length ||
    data.some((item, position) => {
      const other = phase.items[position];
      return other?.price !== item.price.id || other.quantity !== item.quantity;
    })
  );
}

/** The items of a phase that begins exactly where all periods end: the renewal that follows bills them. */
function swappedItems(context: Context, subscription: Subscription, phase: SchedulePhase): SubscriptionItem[] {
  const now = context.now();
  return phase.items.map((entry, position) => {
    const current = subscription.items.data[position];
    const price = context.objects(prices).require(entry.price);
    if (current === undefined) {
      const item = newItem(context, subscription.id, price, { quantity: entry.quantity });
      return { ...item, current_period_start: now, current_period_end: now };
    }
    const { quantity: _quantity, ...rest } = current;
    return {
      ...rest,
      ...(entry.quantity === undefined ? {} : { quantity: entry.quantity }),
      plan: planOf(price),
      price: withoutHidden(price),
    };
  });
}

/** The settings that a phase puts on its subscription. */
function withPhaseSettings(context: Context, subscription: Subscription, phase: SchedulePhase): Subscription {
  const entries = phase.discounts.map((entry) => ({
    ...(entry.coupon === null ? {} : { coupon: entry.coupon }),
    ...(entry.promotion_code === null ? {} : { promotion_code: entry.promotion_code }),
    ...(entry.discount === null ? {} : { discount: entry.discount }),
  }));
  const target = { customer: subscription.customer, currency: subscription.currency, subscription: subscription.id };
  const computed = computeDiscounts(context, entries, target);
  redeemDiscounts(context, computed);
  return {
    ...subscription,
    collection_method: phase.collection_method ?? subscription.collection_method,
    days_until_due: phase.invoice_settings?.days_until_due ?? subscription.days_until_due,
    default_payment_method: phase.default_payment_method ?? subscription.default_payment_method,
    description: phase.description ?? subscription.description,
    discounts: computed.map((discount) => discount.id),
    metadata: { ...subscription.metadata, ...phase.metadata },
  };
}

/** Puts a subscription into a phase; at a period end the renewal that follows bills it, else prorations do. */
export function enterPhase(
  context: Context,
  before: Subscription,
  phase: SchedulePhase,
  behavior: SchedulePhase['proration_behavior'] = phase.proration_behavior,
): Subscription {
  const now = context.now();
  const restart = phase.billing_cycle_anchor === 'phase_start';
  const subscription = withPhaseSettings(context, before, phase);
  if (phase.trial_end === null && latestPeriodEnd(before) <= now) {
    const data = swappedItems(context, subscription, phase);
    const anchor = restart ? now : subscription.billing_cycle_anchor;
    return saveSubscription(context, before, {
      ...subscription,
      billing_cycle_anchor: anchor,
      items: { ...subscription.items, data },
    });
  }
  const computed = computeUpdate(context, subscription, {
    items: changesFor(subscription, phase),
    proration_behavior: prorationOf(behavior),
    ...(restart ? { billing_cycle_anchor: { type: 'now' as const } } : {}),
    ...(phase.trial_end !== null && phase.trial_end > now ? { trial_end: phase.trial_end } : {}),
  });
  return saveSubscription(context, before, commitUpdate(context, computed).subscription);
}

function prorationOf(behavior: string): 'always_invoice' | 'create_prorations' | 'none' {
  return behavior === 'always_invoice' || behavior === 'none' ? behavior : 'create_prorations';
}

/** The schedule lets go of its subscription; emits `subscription_schedule.released`. */
export function releaseSchedule(context: Context, schedule: SubscriptionSchedule, before: Subscription): Subscription {
  const released = context.objects(subscriptionSchedules).update(schedule.id, {
    current_phase: null,
    released_at: context.now(),
    released_subscription: before.id,
    status: 'released',
    subscription: null,
  });
  context.emit('subscription_schedule.released', released);
  return saveSubscription(context, before, { ...before, schedule: null });
}

function finish(context: Context, schedule: SubscriptionSchedule, subscription: Subscription): Subscription {
  if (schedule.end_behavior !== 'cancel') return releaseSchedule(context, schedule, subscription);
  const completed = context.objects(subscriptionSchedules).update(schedule.id, {
    completed_at: context.now(),
    current_phase: null,
    status: 'completed',
  });
  context.emit('subscription_schedule.completed', completed);
  return endSubscription(context, { ...subscription, schedule: null }, { reason: 'cancellation_requested' });
}

/** Moves a schedule on to the phase that begins now, if its current one has ended. */
export function advanceSchedule(context: Context, found: Subscription): Subscription {
  let subscription = found;
  for (;;) {
    const schedule = context.objects(subscriptionSchedules).get(subscription.schedule ?? '');
    const current = schedule?.current_phase;
    if (schedule === undefined || !current || current.end_date > context.now()) return subscription;
    const next = schedule.phases.find((phase) => phase.start_date >= current.end_date);
    if (next === undefined) return finish(context, schedule, subscription);
    subscription = enterPhase(context, subscription, next);
    const after = context.objects(subscriptionSchedules).update(schedule.id, {
      current_phase: { start_date: next.start_date, end_date: next.end_date },
    });
    context.emitUpdated('subscription_schedule.updated', schedule, after);
    if (isTerminal(subscription)) return subscription;
  }
}
