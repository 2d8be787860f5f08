import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { voidInvoice } from '../invoice/close-invoice.js';
import { finalizeInvoice } from '../invoice/finalize-invoice.js';
import { attemptPayment } from '../invoice/invoice-collection.js';
import { type Invoice, invoices } from '../invoice/invoice-type.js';
import { requireMethodOf } from '../payment-method/payment-method-type.js';
import { afterPaymentFailed } from './after-invoice.js';
import { commitUpdate } from './commit-update.js';
import { withDetails, withDiscounts, withEnd, withSettings } from './compute-settings.js';
import { computeUpdate } from './compute-update.js';
import { endTrial } from './end-trial.js';
import { dropPendingUpdate, withPendingUpdate } from './pending-update.js';
import { storeSubscription } from './save-subscription.js';
import { type UpdateParameters } from './subscription-parameters.js';
import { type Subscription, isTerminal, subscriptions } from './subscription-type.js';
import { unpaidError } from './unpaid-error.js';

/** The parameters that may come with `payment_behavior: pending_if_incomplete`. */
const PENDING_ALLOWED = new Set([
  'add_invoice_items',
  'billing_cycle_anchor',
  'items',
  'off_session',
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'trial_end',
  'trial_from_plan',
]);

function check(subscription: Subscription, sent: UpdateParameters): void {
  if (sent.automatic_tax?.enabled === true) throw notSupported('automatic tax', 'automatic_tax[enabled]');
  if (isTerminal(subscription)) {
    const allowed = new Set(['metadata', 'cancellation_details']);
    if (Object.keys(sent).some((name) => !allowed.has(name))) {
      throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.');
    }
  }
  if (sent.payment_behavior === 'pending_if_incomplete') {
    const refused = Object.keys(sent).filter((name) => !PENDING_ALLOWED.has(name));
    if (refused.length > 0) {
      throw invalidRequest(
        `When \`payment_behavior\` is set to \`pending_if_incomplete\`, you can only pass supported params. ` +
          `These params are not supported: ${refused.join(', ')}.`,
        { param: refused[0] },
      );
    }
  }
  if (sent.cancel_at !== undefined && sent.cancel_at_period_end !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: cancel_at, cancel_at_period_end.');
  }
}

/** Collects the invoice of an update; what becomes of the subscription when it stays unpaid is `payment_behavior`. */
function collect(
  context: Context,
  before: Subscription,
  after: Subscription,
  draft: Invoice,
  sent: UpdateParameters,
): void {
  const behavior = sent.payment_behavior ?? 'allow_incomplete';
  const invoice = finalizeInvoice(context, draft);
  if (invoice.status === 'paid') return;
  const attempt =
    behavior === 'default_incomplete'
      ? null
      : attemptPayment(context, invoice, { offSession: sent.off_session ?? false });
  if (attempt?.status === 'succeeded') return;
  if (attempt !== null && behavior === 'error_if_incomplete') throw unpaidError(attempt);
  if (behavior === 'pending_if_incomplete') {
    storeSubscription(context, withPendingUpdate(context, before, after, invoice));
  } else afterPaymentFailed(context, context.objects(invoices).require(invoice.id));
}

/** A new update takes the place of one that still waits for its payment: that one's invoice is voided. */
function replacePending(context: Context, subscription: Subscription): Subscription {
  const { pending } = subscription.sandbox;
  if (pending === null) return subscription;
  const invoice = context.objects(invoices).get(pending.invoice);
  if (invoice?.status === 'open') voidInvoice(context, invoice);
  else dropPendingUpdate(context, subscription);
  return context.objects(subscriptions).require(subscription.id);
}

/** Updates a subscription; emits one `customer.subscription.updated` for all that changed. */
export function updateSubscription(context: Context, found: Subscription, sent: UpdateParameters): Subscription {
  check(found, sent);
  const customer = requireCustomer(context, found.customer);
  if (sent.default_payment_method !== undefined && sent.default_payment_method !== null) {
    requireMethodOf(context, customer.id, sent.default_payment_method, 'default_payment_method');
  }
  const original = sent.items === undefined ? found : replacePending(context, found);
  const discounts = computeDiscounts(context, sent.discounts ?? [], {
    customer: original.customer,
    currency: original.currency,
    subscription: original.id,
  });
  redeemDiscounts(context, discounts);
  const settings = withDetails(withDiscounts(withSettings(original, sent), sent, discounts), sent.cancellation_details);
  if (sent.trial_end === 'now' && settings.status === 'trialing') {
    const ending = { ...settings, trial_end: context.now() };
    if (endTrial(context, ending, original) === null) return context.objects(subscriptions).require(found.id);
  }
  const computed = computeUpdate(context, settings, sent);
  const { subscription, invoice } = commitUpdate(context, computed);
  const after = withEnd(context, subscription, sent);
  storeSubscription(context, after);
  if (invoice !== null && after.collection_method === 'charge_automatically') {
    context.handle(found.id, () => collect(context, original, after, invoice, sent));
  }
  const result = context.objects(subscriptions).require(found.id);
  context.emitUpdated('customer.subscription.updated', original, result);
  return result;
}
