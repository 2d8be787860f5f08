import { resourceMissing } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { invoiceItems } from '../invoice-item/invoice-item-type.js';
import { collectAutomatically } from '../invoice/advance-invoice.js';
import { pendingItems, computeSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { createInvoice } from '../invoice/create-invoice.js';
import { finalizeInvoice } from '../invoice/finalize-invoice.js';
import { billUsage, creditUnusedTime } from './bill-rest.js';
import { withDetails } from './compute-settings.js';
import { endSubscription } from './end-subscription.js';
import { type CancelParameters } from './subscription-parameters.js';
import { type Subscription, isTerminal } from './subscription-type.js';

/** Removes the prorations that wait for an invoice that will never come. */
function dropPendingProrations(context: Context, subscription: Subscription): void {
  for (const item of pendingItems(context, subscription.customer, subscription.id, subscription.currency)) {
    if (!item.proration) continue;
    context.objects(invoiceItems).remove(item.id);
    context.emit('invoiceitem.deleted', item);
  }
}

/** Bills what is pending with a last invoice, which is finalized and collected at once. */
function invoiceNow(context: Context, subscription: Subscription): Subscription {
  const waiting = pendingItems(context, subscription.customer, subscription.id, subscription.currency);
  if (waiting.length === 0) return subscription;
  const customer = requireCustomer(context, subscription.customer);
  const starts = subscription.items.data.map((item) => item.current_period_start);
  const computed = computeSubscriptionInvoice(context, {
    customer,
    subscription,
    billingReason: 'subscription_update',
    charges: [],
    period: { start: Math.min(...starts), end: context.now() },
  });
  const invoice = finalizeInvoice(context, createInvoice(context, computed));
  if (invoice.status === 'open' && invoice.collection_method === 'charge_automatically') {
    collectAutomatically(context, invoice);
  }
  return { ...subscription, latest_invoice: invoice.id };
}

/** Cancels a subscription at once, as the DELETE call does. */
export function cancelSubscription(context: Context, found: Subscription, sent: CancelParameters): Subscription {
  if (isTerminal(found)) throw resourceMissing('subscription', found.id);
  requireCustomer(context, found.customer);
  let subscription = withDetails(found, sent.cancellation_details);
  if (sent.invoice_now === true) subscription = billUsage(context, subscription);
  if (sent.prorate === true) creditUnusedTime(context, subscription);
  if (sent.invoice_now === true) subscription = invoiceNow(context, subscription);
  else if (sent.prorate !== true) dropPendingProrations(context, subscription);
  return endSubscription(
    context,
    { ...subscription, canceled_at: context.now() },
    { reason: 'cancellation_requested' },
  );
}
