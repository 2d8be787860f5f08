import { type Context } from '../../kernel/context.js';
import { stopCollection } from '../invoice/close-invoice.js';
import { invoices } from '../invoice/invoice-type.js';
import { subscriptionSchedules } from '../subscription-schedule/subscription-schedule-type.js';
import { storeSubscription } from './save-subscription.js';
import { type Subscription } from './subscription-type.js';

/** Why a subscription ends, when that is not known from an earlier request. */
export interface Ending {
  readonly reason?: string;
}

function stopInvoices(context: Context, subscription: Subscription): void {
  for (const invoice of context.objects(invoices).where('subscription', subscription.id)) {
    if (invoice.status === 'open' || invoice.status === 'draft') stopCollection(context, invoice);
  }
}

/** A schedule ends with its subscription; the event says whether that was for want of payment. */
function endSchedule(context: Context, subscription: Subscription, reason: string | undefined): void {
  const schedule =
    subscription.schedule === null ? undefined : context.objects(subscriptionSchedules).get(subscription.schedule);
  if (schedule?.status !== 'active') return;
  const after = context.objects(subscriptionSchedules).update(schedule.id, {
    status: 'canceled',
    canceled_at: context.now(),
    current_phase: null,
  });
  context.emit(`subscription_schedule.${reason === 'payment_failed' ? 'aborted' : 'canceled'}`, after);
}

/** Cancels a subscription for good; emits `customer.subscription.deleted`. */
export function endSubscription(context: Context, found: Subscription, ending: Ending = {}): Subscription {
  stopInvoices(context, found);
  endSchedule(context, found, ending.reason);
  const details = found.cancellation_details;
  const ended: Subscription = {
    ...found,
    canceled_at: found.canceled_at ?? context.now(),
    cancellation_details: {
      comment: details?.comment ?? null,
      feedback: details?.feedback ?? null,
      feedback_option: null,
      reason: details?.reason ?? ending.reason ?? null,
    },
    ended_at: context.now(),
    pause_collection: null,
    pending_update: null,
    schedule: null,
    status: 'canceled',
    sandbox: { ...found.sandbox, pending: null, resumption_invoice: null, resumption_expires_at: null },
  };
  storeSubscription(context, ended);
  context.emit('customer.subscription.deleted', ended);
  return ended;
}
