import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { voidInvoice } from '../invoice/close-invoice.js';
import { pendingItems, computeSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { createInvoice } from '../invoice/create-invoice.js';
import { invoices } from '../invoice/invoice-type.js';
import { earliestPeriodEnd, latestPeriodEnd } from '../subscription-item/item-periods.js';
import { advanceSchedule } from '../subscription-schedule/advance-subscription-schedule.js';
import { announceRenewal, announceTrialEnd } from './announcements.js';
import { billUsage, creditUnusedTime } from './bill-rest.js';
import { billedBy } from './bill-subscription.js';
import { nextPeriods } from './compute-next-periods.js';
import { endSubscription } from './end-subscription.js';
import { endTrial } from './end-trial.js';
import { dropPendingUpdate } from './pending-update.js';
import {
  currentSubscription,
  isBilling,
  saveSubscription,
  scheduleSubscription,
  storeSubscription,
} from './save-subscription.js';
import { type Subscription, isTerminal, subscriptions } from './subscription-type.js';

/** An unpaid first invoice is voided and the subscription expires. */
function expire(context: Context, subscription: Subscription): void {
  const invoice = context.objects(invoices).get(subscription.sandbox.first_invoice ?? '');
  if (invoice?.status === 'open') voidInvoice(context, invoice);
  const current = currentSubscription(context, subscription.id);
  saveSubscription(context, current, { ...current, status: 'incomplete_expired', ended_at: context.now() });
}

function expirePendingUpdate(context: Context, subscription: Subscription): Subscription {
  const invoice = context.objects(invoices).get(subscription.sandbox.pending?.invoice ?? '');
  if (invoice?.status === 'open') voidInvoice(context, invoice);
  const after = dropPendingUpdate(context, currentSubscription(context, subscription.id));
  context.emit('customer.subscription.pending_update_expired', after);
  return after;
}

function expireResumption(context: Context, subscription: Subscription): Subscription {
  const invoice = context.objects(invoices).get(subscription.sandbox.resumption_invoice ?? '');
  if (invoice?.status === 'open') voidInvoice(context, invoice);
  return currentSubscription(context, subscription.id);
}

/** Begins the periods that follow those that ended, with their invoice; emits `…updated` and `invoice.created`. */
function renew(context: Context, before: Subscription): Subscription {
  const trialEnds = before.status === 'trialing' && before.trial_end !== null && before.trial_end <= context.now();
  const subscription = trialEnds ? endTrial(context, before) : before;
  if (subscription === null) return currentSubscription(context, before.id);
  const end = earliestPeriodEnd(before);
  const start = Math.min(...before.items.data.map((item) => item.current_period_start));
  const next = nextPeriods(context, subscription, context.now());
  const computed = computeSubscriptionInvoice(context, {
    customer: requireCustomer(context, subscription.customer),
    subscription: next.subscription,
    billingReason: 'subscription_cycle',
    charges: next.charges,
    period: { start, end },
  });
  const billed =
    computed.invoice.lines.data.length === 0
      ? next.subscription
      : billedBy(context, next.subscription, createInvoice(context, collectable(subscription, computed)));
  return saveSubscription(context, before, billed);
}

/** Invoices of an unpaid subscription, or of one whose collection is paused as drafts, do not advance by themselves. */
function collectable(subscription: Subscription, computed: ReturnType<typeof computeSubscriptionInvoice>) {
  const held = subscription.status === 'unpaid' || subscription.pause_collection?.behavior === 'keep_as_draft';
  if (!held) return computed;
  return { ...computed, invoice: { ...computed.invoice, auto_advance: false, automatically_finalizes_at: null } };
}

/** Ends `pause_collection` when its time has come; the caller stores it. */
function resumeCollection(context: Context, subscription: Subscription): Subscription {
  const resumesAt = subscription.pause_collection?.resumes_at ?? null;
  if (resumesAt === null || resumesAt > context.now()) return subscription;
  const resumed = { ...subscription, pause_collection: null };
  context.emitUpdated('customer.subscription.updated', subscription, resumed);
  return resumed;
}

/** Bills what waits for an invoice when the subscription ends, unless that would only give something back. */
function finalInvoice(context: Context, subscription: Subscription, start: number): void {
  const waiting = pendingItems(context, subscription.customer, subscription.id, subscription.currency);
  if (waiting.reduce((sum, item) => sum + item.amount, 0) <= 0) return;
  const computed = computeSubscriptionInvoice(context, {
    customer: requireCustomer(context, subscription.customer),
    subscription,
    billingReason: 'subscription_cycle',
    charges: [],
    period: { start, end: context.now() },
  });
  storeSubscription(context, { ...subscription, latest_invoice: createInvoice(context, computed).id });
}

function endAsScheduled(context: Context, found: Subscription): void {
  const unused = latestPeriodEnd(found) > context.now();
  if (unused && found.sandbox.prorate_cancellation) creditUnusedTime(context, found);
  const subscription = billUsage(context, found);
  const start = Math.min(...found.items.data.map((item) => item.current_period_start));
  const ended = endSubscription(context, subscription, { reason: 'cancellation_requested' });
  finalInvoice(context, ended, start);
}

function isDue(at: number | null | undefined, context: Context): boolean {
  return at !== null && at !== undefined && at <= context.now();
}

/** Does whatever falls due on a subscription, in the order in which Stripe does it, and sets its next moment. */
export function advanceSubscription(context: Context, id: string): void {
  const found = context.objects(subscriptions).get(id);
  if (found === undefined || isTerminal(found)) return;
  context.useTestClock(found.test_clock);
  if (found.status === 'incomplete') {
    expire(context, found);
    return;
  }
  let subscription = found;
  if (isDue(subscription.pending_update?.expires_at, context))
    subscription = expirePendingUpdate(context, subscription);
  if (isDue(subscription.sandbox.resumption_expires_at, context))
    subscription = expireResumption(context, subscription);
  subscription = resumeCollection(context, subscription);
  if (isDue(subscription.cancel_at, context)) {
    endAsScheduled(context, subscription);
    return;
  }
  subscription = announceTrialEnd(context, subscription);
  subscription = announceRenewal(context, subscription);
  if (subscription.schedule !== null) subscription = advanceSchedule(context, subscription);
  if (isBilling(subscription) && earliestPeriodEnd(subscription) <= context.now()) {
    subscription = renew(context, subscription);
  }
  if (subscription === currentSubscription(context, id)) scheduleSubscription(context, subscription);
  else storeSubscription(context, subscription);
}
