import { mergeMetadata } from '../../http/parameters.js';
import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { requireCustomer } from '../customer/customers.js';
import { type Discount, planDiscounts, redeemDiscounts } from '../discount/discounts.js';
import { finalizeInvoice } from '../invoice/finalize-invoice.js';
import { voidInvoice } from '../invoice/close-invoice.js';
import { attemptPayment } from '../invoice/invoice-collection.js';
import { type Invoice, invoices } from '../invoice/invoice-type.js';
import { requireMethodOf } from '../payment-method/create-payment-method.js';
import { afterPaymentFailed } from './after-invoice.js';
import { endTrial } from './advance-subscription.js';
import { commitUpdate } from './commit-update.js';
import { unpaidError } from './create-subscription.js';
import { earliestPeriodEnd } from '../subscription-item/item-periods.js';
import { dropPendingUpdate, withPendingUpdate } from './pending-update.js';
import { scheduledEnd } from './compute-subscription.js';
import { planUpdate } from './compute-update.js';
import { loudly, quietly, storeSubscription } from './save-subscription.js';
import { type UpdateParameters } from './subscription-parameters.js';
import { type Subscription, isTerminal, subscriptions } from './subscription-type.js';

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

/** The end that the subscription is scheduled to have after the parameters. */
function withEnd(context: Context, subscription: Subscription, sent: UpdateParameters): Subscription {
  const clears = sent.cancel_at === null || sent.cancel_at_period_end === false;
  const end =
    sent.cancel_at_period_end === true
      ? earliestPeriodEnd(subscription)
      : scheduledEnd(subscription, sent.cancel_at ?? undefined);
  if (end !== null) {
    if (end <= context.now()) throw invalidRequest('cancel_at must be in the future.', { param: 'cancel_at' });
    return {
      ...subscription,
      cancel_at: end,
      cancel_at_period_end: sent.cancel_at_period_end === true,
      canceled_at: context.now(),
      cancellation_details: { ...detailsOf(subscription), reason: 'cancellation_requested' },
      sandbox: { ...subscription.sandbox, prorate_cancellation: sent.proration_behavior !== 'none' },
    };
  }
  if (subscription.cancel_at_period_end && !clears) {
    return { ...subscription, cancel_at: earliestPeriodEnd(subscription) };
  }
  if (!clears || subscription.cancel_at === null) return subscription;
  return {
    ...subscription,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { ...detailsOf(subscription), reason: null },
  };
}

function detailsOf(subscription: Subscription) {
  return subscription.cancellation_details ?? { comment: null, feedback: null, feedback_option: null, reason: null };
}

/** The subscription with the cancellation details of a request. */
export function withDetails(subscription: Subscription, sent: UpdateParameters['cancellation_details']): Subscription {
  if (sent === undefined) return subscription;
  const current = detailsOf(subscription);
  return {
    ...subscription,
    cancellation_details: {
      ...current,
      comment: changed(sent.comment, current.comment),
      feedback: changed(sent.feedback, current.feedback),
    },
  };
}

/** The settings that a request changes, which touch neither items nor periods. */
function withSettings(subscription: Subscription, sent: UpdateParameters): Subscription {
  const settings = subscription.invoice_settings;
  const payment = subscription.payment_settings;
  const trial = subscription.trial_settings?.end_behavior;
  const sentTrial = sent.trial_settings?.end_behavior;
  return {
    ...subscription,
    collection_method: sent.collection_method ?? subscription.collection_method,
    days_until_due: sent.days_until_due ?? subscription.days_until_due,
    default_payment_method: changed(sent.default_payment_method, subscription.default_payment_method),
    description: changed(sent.description, subscription.description),
    invoice_settings: {
      ...settings,
      custom_fields: changed(sent.invoice_settings?.custom_fields, settings.custom_fields),
      description: changed(sent.invoice_settings?.description, settings.description),
      footer: changed(sent.invoice_settings?.footer, settings.footer),
    },
    metadata: mergeMetadata(subscription.metadata, sent.metadata),
    pause_collection:
      sent.pause_collection === undefined
        ? subscription.pause_collection
        : sent.pause_collection && { ...sent.pause_collection, resumes_at: sent.pause_collection.resumes_at ?? null },
    payment_settings: {
      payment_method_options: payment?.payment_method_options ?? null,
      payment_method_types: changed(sent.payment_settings?.payment_method_types, payment?.payment_method_types ?? null),
      save_default_payment_method:
        sent.payment_settings?.save_default_payment_method ?? payment?.save_default_payment_method ?? null,
    },
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: sentTrial?.billing_cycle_anchor ?? trial?.billing_cycle_anchor ?? null,
        missing_payment_method: sentTrial?.missing_payment_method ?? trial?.missing_payment_method ?? 'create_invoice',
      },
    },
  };
}

function withDiscounts(subscription: Subscription, sent: UpdateParameters, planned: readonly Discount[]): Subscription {
  if (sent.discounts === undefined) return subscription;
  return { ...subscription, discounts: planned.map((discount) => discount.id) };
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
    storeSubscription(context, quiet(withPendingUpdate(context, before, after, invoice)));
  } else afterPaymentFailed(context, context.objects(invoices).require(invoice.id));
}

function quiet(subscription: Subscription): Subscription {
  return { ...subscription, sandbox: { ...subscription.sandbox, quiet: true } };
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
  const discounts = planDiscounts(context, sent.discounts ?? [], {
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
  const planned = planUpdate(context, settings, sent);
  const { subscription, invoice } = commitUpdate(context, planned);
  const after = withEnd(context, subscription, sent);
  quietly(context, after);
  if (invoice !== null && after.collection_method === 'charge_automatically') {
    collect(context, original, after, invoice, sent);
  }
  const result = loudly(context, found.id);
  context.emitUpdated('customer.subscription.updated', original, result);
  return result;
}
