import { type Context } from '../../kernel/context.js';
import { type Invoice, invoices, subscriptionIdOf } from '../invoice/invoice-type.js';
import { applyPendingUpdate, dropPendingUpdate } from './pending-update.js';
import { saveSubscription } from './save-subscription.js';
import { type Subscription, isTerminal, subscriptions, withState } from './subscription-type.js';

/** The subscription that an invoice belongs to, unless it has ended. */
function ownerOf(context: Context, invoice: Invoice): Subscription | undefined {
  const id = subscriptionIdOf(invoice);
  const subscription = id === null ? undefined : context.objects(subscriptions).get(id);
  return subscription === undefined || isTerminal(subscription) ? undefined : subscription;
}

/** The invoice that a subscription's status depends on: the latest finalized one that is not void. */
export function decisiveInvoice(context: Context, subscription: Subscription): Invoice | undefined {
  return context
    .objects(invoices)
    .where('subscription', subscription.id)
    .findLast((invoice) => invoice.status !== 'draft' && invoice.status !== 'void');
}

function runningStatus(context: Context, subscription: Subscription): Subscription['status'] {
  const trialing = subscription.trial_end !== null && subscription.trial_end > context.now();
  return trialing ? 'trialing' : 'active';
}

/** The status after an invoice was paid or written off. */
function statusAfter(context: Context, subscription: Subscription, invoice: Invoice): Subscription['status'] {
  const { status, sandbox } = subscription;
  if (status === 'incomplete') {
    return sandbox.first_invoice === invoice.id ? runningStatus(context, subscription) : status;
  }
  if (status !== 'past_due' && status !== 'unpaid') return status;
  return decisiveInvoice(context, subscription)?.id === invoice.id ? runningStatus(context, subscription) : status;
}

function resumed(context: Context, subscription: Subscription): Subscription {
  const { status_details: _details, ...rest } = subscription;
  const { debits, resumption } = subscription.sandbox;
  const after: Subscription = {
    ...rest,
    ...resumption?.fields,
    status: 'active',
    sandbox: {
      ...subscription.sandbox,
      debits: resumption?.debits ?? debits,
      resumption: null,
      resumption_invoice: null,
      resumption_expires_at: null,
    },
  };
  saveSubscription(context, subscription, after);
  context.emit('customer.subscription.resumed', after);
  return after;
}

/** Does what follows from a paid invoice: activation, a pending update, a resumption, the saved payment method. */
export function afterInvoicePaid(context: Context, invoice: Invoice, paymentMethod: string | null): void {
  let subscription = ownerOf(context, invoice);
  if (subscription === undefined) return;
  if (subscription.sandbox.pending?.invoice === invoice.id) subscription = applyPendingUpdate(context, subscription);
  if (subscription.sandbox.resumption_invoice === invoice.id) subscription = resumed(context, subscription);
  const status = statusAfter(context, subscription, invoice);
  const remembers = subscription.payment_settings?.save_default_payment_method === 'on_subscription';
  const method = remembers && paymentMethod !== null ? paymentMethod : subscription.default_payment_method;
  if (status === subscription.status && method === subscription.default_payment_method) return;
  saveSubscription(context, subscription, { ...subscription, status, default_payment_method: method });
}

/** Does what follows from writing an invoice off: its subscription counts as paid up. */
export function afterInvoiceWrittenOff(context: Context, invoice: Invoice): void {
  const subscription = ownerOf(context, invoice);
  if (subscription === undefined) return;
  if (subscription.sandbox.resumption_invoice === invoice.id) resumed(context, subscription);
  else {
    const status = statusAfter(context, subscription, invoice);
    if (status !== subscription.status) saveSubscription(context, subscription, { ...subscription, status });
  }
}

/** Does what follows from voiding an invoice: a pending update is dropped; the invoice before it decides the status. */
export function afterInvoiceVoided(context: Context, invoice: Invoice): void {
  let subscription = ownerOf(context, invoice);
  if (subscription === undefined) return;
  if (subscription.sandbox.pending?.invoice === invoice.id) subscription = dropPendingUpdate(context, subscription);
  if (subscription.sandbox.resumption_invoice === invoice.id) {
    subscription = saveSubscription(
      context,
      subscription,
      withState(subscription, { resumption: null, resumption_invoice: null, resumption_expires_at: null }),
    );
  }
  if (subscription.status !== 'past_due' && subscription.status !== 'unpaid') return;
  const decisive = decisiveInvoice(context, subscription);
  if (decisive !== undefined && (decisive.status === 'paid' || decisive.status === 'uncollectible')) {
    saveSubscription(context, subscription, { ...subscription, status: runningStatus(context, subscription) });
  }
}

/** Does what follows from a failed payment: a running subscription is past due when the invoice is its latest. */
export function afterPaymentFailed(context: Context, invoice: Invoice): void {
  const subscription = ownerOf(context, invoice);
  if (subscription === undefined) return;
  const running = subscription.status === 'active' || subscription.status === 'trialing';
  const waits = subscription.sandbox.pending?.invoice === invoice.id;
  if (!running || waits || decisiveInvoice(context, subscription)?.id !== invoice.id) return;
  saveSubscription(context, subscription, { ...subscription, status: 'past_due' });
}
