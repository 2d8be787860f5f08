import { type Context } from '../../kernel/context.js';
import { isHardDecline, nextPaymentAttempt } from '../../rules/dunning.js';
import { afterPaymentFailed } from '../subscription/after-invoice.js';
import { endAfterRetries } from '../subscription/end-after-retries.js';
import { isTerminal, subscriptions } from '../subscription/subscription-type.js';
import { markUncollectible, voidInvoice } from './close-invoice.js';
import { dunningOf } from './dunning-settings.js';
import { finalizeInvoice } from './finalize-invoice.js';
import { attemptPayment, paymentMethodOf } from './invoice-collection.js';
import { type Invoice, invoices, subscriptionIdOf } from './invoice-type.js';
import { saveInvoice, storeInvoice } from './save-invoice.js';

/** What `pause_collection` of its subscription makes of an invoice that falls due; null when it is collected. */
function pausedBehavior(context: Context, invoice: Invoice): string | null {
  const id = subscriptionIdOf(invoice);
  const subscription = id === null ? undefined : context.objects(subscriptions).get(id);
  return subscription?.pause_collection?.behavior ?? null;
}

function finalizeDue(context: Context, draft: Invoice): void {
  const paused = pausedBehavior(context, draft);
  const invoice = finalizeInvoice(context, draft);
  if (invoice.status !== 'open') return;
  if (paused === 'void') voidInvoice(context, invoice);
  else if (paused === 'mark_uncollectible') markUncollectible(context, invoice, 'subscription_paused');
  else if (invoice.collection_method === 'send_invoice') context.emit('invoice.sent', invoice);
  else collectAutomatically(context, invoice);
}

/** Charges an open invoice and, while it stays unpaid, sets the next retry or ends the subscription. */
export function collectAutomatically(context: Context, invoice: Invoice): void {
  const attempt = attemptPayment(context, invoice, { offSession: true, retries: true });
  if (attempt.status === 'succeeded') return;
  const failed = context.objects(invoices).require(invoice.id);
  afterPaymentFailed(context, failed);
  if (failed.next_payment_attempt === null) endAfterRetries(context, failed, dunningOf(context).final_action);
}

/** A retry; after a hard decline only another payment method is charged, the attempt counts all the same. */
function retry(context: Context, invoice: Invoice): void {
  const { failed } = invoice.sandbox;
  const sameCard = failed !== null && failed.payment_method === paymentMethodOf(context, invoice);
  if (!sameCard || !isHardDecline(failed.decline_code)) {
    collectAutomatically(context, invoice);
    return;
  }
  const attempt_count = invoice.attempt_count + 1;
  const next_payment_attempt = nextPaymentAttempt(attempt_count, context.now(), dunningOf(context));
  const after = saveInvoice(context, invoice, { ...invoice, attempt_count, next_payment_attempt });
  if (next_payment_attempt === null) endAfterRetries(context, after, dunningOf(context).final_action);
}

function overdue(context: Context, invoice: Invoice): void {
  const after = storeInvoice(context, { ...invoice, sandbox: { ...invoice.sandbox, overdue: true } });
  context.emit('invoice.overdue', after);
  afterPaymentFailed(context, after);
}

/** Does what falls due on an invoice: finalization an hour after the draft, a retry, the due date. */
export function advanceInvoice(context: Context, id: string): void {
  const invoice = context.objects(invoices).get(id);
  if (invoice === undefined) return;
  context.useTestClock(invoice.test_clock);
  const owner = subscriptionIdOf(invoice);
  const subscription = owner === null ? undefined : context.objects(subscriptions).get(owner);
  if (invoice.status === 'draft') finalizeDue(context, invoice);
  else if (invoice.status !== 'open') return;
  else if (invoice.collection_method === 'send_invoice') overdue(context, invoice);
  else if (subscription === undefined || !isTerminal(subscription)) retry(context, invoice);
}
