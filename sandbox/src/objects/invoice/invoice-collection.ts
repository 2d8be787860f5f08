import { type StripeErrorBody, invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { nextPaymentAttempt } from '../../rules/dunning.js';
import { type Customer, customers } from '../customer/customer-type.js';
import { invoicePayments } from '../invoice-payment/invoice-payment-type.js';
import { cancelIntent } from '../payment-intent/cancel-payment-intent.js';
import { createIntent } from '../payment-intent/create-payment-intent.js';
import { payIntent } from '../payment-intent/pay-payment-intent.js';
import { paymentIntents } from '../payment-intent/payment-intent-type.js';
import { resolvePaymentMethod } from '../payment-method/create-payment-method.js';
import { type PaymentMethod, paymentMethods } from '../payment-method/payment-method-type.js';
import { type Subscription, subscriptions } from '../subscription/subscription-type.js';
import { dunningOf } from './dunning-settings.js';
import { type Invoice, subscriptionIdOf } from './invoice-type.js';
import { storeInvoice } from './save-invoice.js';
import { settlePayment } from './settle-invoice.js';

/** What came of an attempt to collect an invoice. */
export type Attempt =
  | { readonly status: 'succeeded' | 'requires_action' | 'no_payment_method' }
  | { readonly status: 'failed'; readonly error: StripeErrorBody };

export interface AttemptOptions {
  /** Default: the invoice's, else its subscription's, else its customer's. */
  readonly paymentMethod?: PaymentMethod;
  readonly offSession: boolean;
  /** True when a failure is followed by retries. Default: as it was. */
  readonly retries?: boolean;
}

function defaultMethodOf(customer: Customer | undefined): string | null {
  return customer?.invoice_settings.default_payment_method ?? customer?.default_source ?? null;
}

/** The payment method that a subscription's invoices are charged to: its own default, else its customer's; or null. */
export function paymentMethodFor(context: Context, subscription: Subscription): string | null {
  const customer = context.objects(customers).get(subscription.customer);
  return subscription.default_payment_method ?? defaultMethodOf(customer);
}

/** The payment method that an invoice is charged to, or null. */
export function paymentMethodOf(context: Context, invoice: Invoice): string | null {
  const id = subscriptionIdOf(invoice);
  const subscription = id === null ? undefined : context.objects(subscriptions).get(id);
  if (invoice.default_payment_method !== null) return invoice.default_payment_method;
  if (subscription !== undefined) return paymentMethodFor(context, subscription);
  const customer = context.objects(customers).get(invoice.customer ?? '');
  return defaultMethodOf(customer);
}

/** The payment method that a request names for an invoice. Throws 400 when it is another customer's. */
export function resolveMethodFor(context: Context, invoice: Invoice, id: string): PaymentMethod {
  const method = resolvePaymentMethod(context, id);
  if (method.customer === null || method.customer === invoice.customer) return method;
  throw invalidRequest('The payment method belongs to another customer.', {
    code: 'payment_method_customer_mismatch',
    param: 'payment_method',
  });
}

function describe(invoice: Invoice): string | null {
  if (invoice.billing_reason === 'subscription_create') return 'Subscription creation';
  return invoice.parent === null ? null : 'Subscription update';
}

/** Makes the payment intent that collects an open invoice, and the invoice payment that links the two. */
export function openPayment(context: Context, invoice: Invoice): Invoice {
  const method = context.objects(paymentMethods).get(paymentMethodOf(context, invoice) ?? '');
  const intent = createIntent(context, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description: describe(invoice),
    payment_method: method?.id ?? null,
    setup_future_usage: invoice.parent === null ? null : 'off_session',
    receipt_email: null,
    return_url: invoice.hosted_invoice_url ?? null,
  });
  context.objects(invoicePayments).insert({
    id: context.newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: context.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: 'payment_intent', payment_intent: intent.id },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
  return storeInvoice(context, { ...invoice, sandbox: { ...invoice.sandbox, payment_intent: intent.id } });
}

/** Cancels the payment intent and the invoice payment of an invoice that is not going to be paid through them. */
export function cancelPayment(context: Context, invoice: Invoice): void {
  const intent = context.objects(paymentIntents).get(invoice.sandbox.payment_intent ?? '');
  if (intent !== undefined && intent.status !== 'succeeded' && intent.status !== 'canceled') {
    cancelIntent(context, intent, 'void_invoice');
  }
  for (const payment of context.objects(invoicePayments).where('invoice', invoice.id)) {
    if (payment.status !== 'open') continue;
    const status_transitions = { canceled_at: context.now(), paid_at: null };
    context.objects(invoicePayments).update(payment.id, { status: 'canceled', status_transitions });
  }
}

/** The invoice has to be paid another amount: its payment intent collects that, or is canceled when nothing is left. */
export function changeAmountToPay(context: Context, invoice: Invoice): void {
  if (invoice.amount_remaining === 0) return cancelPayment(context, invoice);
  const amount = invoice.amount_remaining;
  const intent = context.objects(paymentIntents).get(invoice.sandbox.payment_intent ?? '');
  if (intent === undefined || intent.status === 'succeeded' || intent.status === 'canceled') return;
  context.objects(paymentIntents).update(intent.id, { amount });
  for (const payment of context.objects(invoicePayments).where('payment_intent', intent.id)) {
    context.objects(invoicePayments).update(payment.id, { amount_requested: amount });
  }
}

function withRetries(invoice: Invoice, retries: boolean | undefined): Invoice {
  return retries === undefined ? invoice : { ...invoice, sandbox: { ...invoice.sandbox, retries } };
}

/** Notes a failed attempt on the invoice, sets the next retry, and emits the events of the failure. */
export function noteFailure(
  context: Context,
  invoice: Invoice,
  failure: { readonly paymentMethod: string | null; readonly declineCode: string | null; readonly action: boolean },
): Invoice {
  const retried = invoice.sandbox.retries && invoice.auto_advance === true;
  const next = retried ? nextPaymentAttempt(invoice.attempt_count, context.now(), dunningOf(context)) : null;
  const after = storeInvoice(context, {
    ...invoice,
    next_payment_attempt: next,
    sandbox: {
      ...invoice.sandbox,
      failed: { payment_method: failure.paymentMethod, decline_code: failure.declineCode },
    },
  });
  context.emit('invoice.payment_failed', after);
  if (failure.action) context.emit('invoice.payment_action_required', after);
  return after;
}

/** The method to charge: the one asked for, else the default; undefined when there is none any more. */
function methodToCharge(context: Context, invoice: Invoice, options: AttemptOptions): PaymentMethod | undefined {
  return options.paymentMethod ?? context.objects(paymentMethods).get(paymentMethodOf(context, invoice) ?? '');
}

/**
 * Tries once to collect an open invoice. Success settles it; a failure is noted on it, nothing is thrown. What its
 * payment intent emits meanwhile is not a customer's doing.
 */
export function attemptPayment(context: Context, invoice: Invoice, options: AttemptOptions): Attempt {
  const method = methodToCharge(context, invoice, options);
  const attempted = withRetries(
    { ...invoice, attempt_count: invoice.attempt_count + 1, attempted: true },
    options.retries,
  );
  if (method === undefined) {
    const after = noteFailure(context, attempted, { paymentMethod: null, declineCode: null, action: false });
    context.emitUpdated('invoice.updated', invoice, after);
    return { status: 'no_payment_method' };
  }
  const intent = context.objects(paymentIntents).require(invoice.sandbox.payment_intent ?? '');
  const { offSession } = options;
  const outcome = context.handle(invoice.id, () => payIntent(context, intent, { method, offSession }));
  if (outcome.status === 'succeeded') settlePayment(context, attempted, outcome.intent);
  if (outcome.status === 'succeeded' || outcome.status === 'requires_capture') return { status: 'succeeded' };
  const action = outcome.status === 'requires_action';
  const declineCode = outcome.status === 'failed' ? (outcome.error.decline_code ?? outcome.error.code ?? null) : null;
  const after = noteFailure(context, attempted, { paymentMethod: method.id, declineCode, action });
  context.emitUpdated('invoice.updated', invoice, after);
  return outcome.status === 'failed' ? { status: 'failed', error: outcome.error } : { status: 'requires_action' };
}
