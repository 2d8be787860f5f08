import { type Context } from '../../kernel/context.js';
import { SECONDS_PER_DAY } from '../../rules/billing-cycle.js';
import { subscriptionSchedules } from '../subscription-schedule/subscription-schedule-type.js';
import { earliestPeriodEnd } from '../subscription-item/item-periods.js';
import { subscriptionItems } from '../subscription-item/subscription-item-type.js';
import { type Subscription, isTerminal, subscriptions } from './subscription-type.js';

/** Seconds after which an unpaid first invoice, a pending update or a resumption is given up. */
export const PAYMENT_WINDOW_SECONDS = 23 * 3_600;
/** How long before its end a trial is announced. */
const TRIAL_NOTICE_SECONDS = 3 * SECONDS_PER_DAY;
/** How long before a renewal its invoice is announced. */
const RENEWAL_NOTICE_SECONDS = 7 * SECONDS_PER_DAY;
/** The one kind of due work of subscriptions: whatever comes next. */
export const SUBSCRIPTION_DUE = 'subscription.advance';

/** Whether time moves the periods of a subscription. */
export function isBilling(subscription: Subscription): boolean {
  return !isTerminal(subscription) && subscription.status !== 'incomplete' && subscription.status !== 'paused';
}

/** When the next invoice is to be announced, or null when that was done or does not apply. */
export function renewalNoticeAt(subscription: Subscription): number | null {
  const end = earliestPeriodEnd(subscription);
  const start = Math.max(...subscription.items.data.map((item) => item.current_period_start));
  const notice = end - RENEWAL_NOTICE_SECONDS;
  const ends = subscription.cancel_at !== null && subscription.cancel_at <= end;
  const wanted = subscription.collection_method === 'charge_automatically' && !ends && notice > start;
  return wanted && subscription.sandbox.renewal_announced !== end ? notice : null;
}

/** When the end of the trial is to be announced, or null when that was done or there is none. */
export function trialNoticeAt(subscription: Subscription): number | null {
  if (subscription.status !== 'trialing' || subscription.trial_end === null) return null;
  if (subscription.sandbox.trial_end_announced === subscription.trial_end) return null;
  return subscription.trial_end - TRIAL_NOTICE_SECONDS;
}

/** The next moment at which something happens to a subscription by itself, or null. */
function nextMoment(context: Context, subscription: Subscription): number | null {
  if (isTerminal(subscription)) return null;
  if (subscription.status === 'incomplete') return subscription.created + PAYMENT_WINDOW_SECONDS;
  const schedule =
    subscription.schedule === null ? undefined : context.objects(subscriptionSchedules).get(subscription.schedule);
  const billing = isBilling(subscription);
  const moments = [
    subscription.pending_update?.expires_at,
    subscription.sandbox.resumption_expires_at,
    subscription.cancel_at,
    subscription.pause_collection?.resumes_at,
    schedule?.current_phase?.end_date,
    trialNoticeAt(subscription),
    billing ? earliestPeriodEnd(subscription) : null,
    billing ? renewalNoticeAt(subscription) : null,
  ].filter((moment) => moment !== null && moment !== undefined);
  return moments.length === 0 ? null : Math.min(...moments);
}

/** Sets when the subscription is looked at next. Call it after a change of its schedule. */
export function scheduleSubscription(context: Context, subscription: Subscription): void {
  const next = nextMoment(context, subscription);
  if (next === null) context.clearDue(SUBSCRIPTION_DUE, subscription.id);
  else if (context.dueAt(SUBSCRIPTION_DUE, subscription.id) !== next) {
    context.setDue(SUBSCRIPTION_DUE, subscription.id, next);
  }
}

function saveItems(context: Context, subscription: Subscription): void {
  const collection = context.objects(subscriptionItems);
  const current = new Set(subscription.items.data.map((item) => item.id));
  for (const known of collection.where('subscription', subscription.id)) {
    if (!current.has(known.id)) collection.remove(known.id);
  }
  for (const id of current) {
    if (collection.get(id) === undefined) {
      collection.insert({ id, object: 'subscription_item', subscription: subscription.id });
    }
  }
}

/** Stores a subscription and sets when it is looked at next; emits nothing. */
export function storeSubscription(context: Context, subscription: Subscription): Subscription {
  const previous = context.objects(subscriptions).get(subscription.id);
  context.objects(subscriptions).replace(subscription);
  if (previous === undefined || previous.items !== subscription.items) saveItems(context, subscription);
  scheduleSubscription(context, subscription);
  return subscription;
}

/**
 * Stores a subscription and emits `customer.subscription.updated` when the API shows a difference, unless the running
 * request emits one event for all its changes at its end (see `Context.handle`).
 */
export function saveSubscription(context: Context, before: Subscription, after: Subscription): Subscription {
  storeSubscription(context, after);
  if (!context.isHandled(after.id)) context.emitUpdated('customer.subscription.updated', before, after);
  return after;
}

/** The subscription as it is now. */
export function currentSubscription(context: Context, id: string): Subscription {
  return context.objects(subscriptions).require(id);
}
