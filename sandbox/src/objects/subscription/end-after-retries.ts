import { type Context } from '../../kernel/context.js';
import { type FinalAction } from '../../rules/dunning.js';
import { type Invoice, subscriptionIdOf } from '../invoice/invoice-type.js';
import { endSubscription } from './end-subscription.js';
import { decisiveInvoice } from './after-invoice.js';
import { saveSubscription } from './save-subscription.js';
import { subscriptions } from './subscription-type.js';

/** What becomes of a subscription when the last retry of its invoice failed. */
export function endAfterRetries(context: Context, invoice: Invoice, action: FinalAction): void {
  const id = subscriptionIdOf(invoice);
  const subscription = id === null ? undefined : context.objects(subscriptions).get(id);
  if (subscription === undefined || subscription.status !== 'past_due') return;
  if (decisiveInvoice(context, subscription)?.id !== invoice.id || action === 'past_due') return;
  if (action === 'unpaid') saveSubscription(context, subscription, { ...subscription, status: 'unpaid' });
  else endSubscription(context, subscription, { reason: 'payment_failed' });
}
