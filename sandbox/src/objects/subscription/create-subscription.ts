import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Customer, requireCustomer } from '../customer/customer-type.js';
import { keepCurrency } from '../customer/keep-currency.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { storeInvoiceItems } from '../invoice-item/store-invoice-items.js';
import { computeSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { createInvoice } from '../invoice/create-invoice.js';
import { finalizeInvoice } from '../invoice/finalize-invoice.js';
import { attemptPayment, paymentMethodFor } from '../invoice/invoice-collection.js';
import { type Invoice } from '../invoice/invoice-type.js';
import { announceTrialEnd } from './announcements.js';
import { billedBy } from './bill-subscription.js';
import { addedInvoiceItems } from './compute-added-items.js';
import { periodCharges, trialCharges } from './compute-period-charges.js';
import { computeSubscription } from './compute-subscription.js';
import { createPendingSetupIntent } from './pending-setup-intent.js';
import { currentSubscription, storeSubscription } from './save-subscription.js';
import { type CreateParameters } from './subscription-parameters.js';
import { type Subscription, withState } from './subscription-type.js';
import { unpaidError } from './unpaid-error.js';

/** The first invoice: the current periods, or the zero lines of the trial; null when there is nothing to put on it. */
function firstInvoice(
  context: Context,
  customer: Customer,
  subscription: Subscription,
  sent: CreateParameters,
): Invoice | null {
  const { data } = subscription.items;
  const free = sent.proration_behavior === 'none' && subscription.billing_cycle_anchor > context.now();
  const charges =
    subscription.status === 'trialing'
      ? trialCharges(context, data)
      : free
        ? []
        : periodCharges(context, data, subscription.billing_cycle_anchor, subscription.currency);
  const added = addedInvoiceItems(context, subscription, sent.add_invoice_items ?? []);
  storeInvoiceItems(context, added);
  const computed = computeSubscriptionInvoice(context, {
    customer,
    subscription,
    billingReason: 'subscription_create',
    charges,
    period: { start: context.now(), end: context.now() },
  });
  return computed.invoice.lines.data.length === 0 ? null : createInvoice(context, computed);
}

/** Collects the first invoice as `payment_behavior` says; returns the status that the subscription has from it. */
function collectFirst(context: Context, subscription: Subscription, draft: Invoice, sent: CreateParameters) {
  const { status } = subscription;
  if (subscription.collection_method === 'send_invoice') return status;
  const invoice = finalizeInvoice(context, draft);
  if (invoice.status === 'paid') return currentSubscription(context, subscription.id).status;
  const behavior = sent.payment_behavior ?? 'allow_incomplete';
  if (behavior === 'default_incomplete') return 'incomplete';
  const attempt = attemptPayment(context, invoice, { offSession: sent.off_session ?? false });
  if (attempt.status === 'succeeded') return currentSubscription(context, subscription.id).status;
  if (behavior === 'error_if_incomplete' || attempt.status === 'no_payment_method') throw unpaidError(attempt);
  return 'incomplete';
}

/** The new subscription after its first invoice was collected: it is in place when the payment asks for it. */
function collected(context: Context, billed: Subscription, draft: Invoice, sent: CreateParameters): Subscription {
  storeSubscription(context, billed);
  const status = context.handle(billed.id, () => collectFirst(context, billed, draft, sent));
  return { ...currentSubscription(context, billed.id), status };
}

function checkSupported(sent: CreateParameters): void {
  if (sent.automatic_tax?.enabled === true) throw notSupported('automatic tax', 'automatic_tax[enabled]');
  if (sent.payment_behavior === 'pending_if_incomplete') {
    throw invalidRequest(
      '`payment_behavior` of `pending_if_incomplete` is only used with updates and cannot be passed when creating a subscription.',
      { param: 'payment_behavior' },
    );
  }
}

/** Creates a subscription with its first invoice and collects it; emits `customer.subscription.created`. */
export function createSubscription(context: Context, sent: CreateParameters): Subscription {
  checkSupported(sent);
  const found = requireCustomer(context, sent.customer);
  const computed = computeSubscription(context, found, sent);
  const customer = keepCurrency(context, found, computed.subscription.currency);
  redeemDiscounts(context, computed.discounts);
  const draft = firstInvoice(context, customer, computed.subscription, sent);
  const billed =
    draft === null
      ? computed.subscription
      : withState(billedBy(context, computed.subscription, draft), { first_invoice: draft.id });
  const settled = draft === null ? billed : collected(context, billed, draft, sent);
  const pendingSetupIntent = createPendingSetupIntent(context, settled, paymentMethodFor(context, settled), sent);
  const created = { ...settled, pending_setup_intent: pendingSetupIntent };
  context.emit('customer.subscription.created', created);
  return storeSubscription(context, announceTrialEnd(context, created));
}
