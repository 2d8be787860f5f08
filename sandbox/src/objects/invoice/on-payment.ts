import { type Context } from '../../kernel/context.js';
import { type StoredObject } from '../../store/object-kind.js';
import { invoicePayments } from '../invoice-payment/invoice-payment-type.js';
import { type PaymentIntent } from '../payment-intent/payment-intent-type.js';
import { afterPaymentFailed } from '../subscription/after-invoice.js';
import { noteFailure } from './invoice-collection.js';
import { type Invoice, invoices } from './invoice-type.js';
import { settlePayment } from './settle-invoice.js';

/** The invoice that a payment intent collects, with its test clock in use, while it is not paid. */
function invoiceOf(context: Context, intent: StoredObject): Invoice | undefined {
  const [payment] = context.objects(invoicePayments).where('payment_intent', intent.id);
  const invoice = payment === undefined ? undefined : context.objects(invoices).get(payment.invoice);
  if (invoice === undefined || (invoice.status !== 'open' && invoice.status !== 'uncollectible')) return undefined;
  context.useTestClock(invoice.test_clock);
  return invoice;
}

/** The customer has paid a payment intent: its invoice is paid too. */
export function onPaymentSucceeded(context: Context, record: StoredObject): void {
  const intent = record as PaymentIntent;
  const invoice = invoiceOf(context, intent);
  if (invoice === undefined || context.isHandled(invoice.id)) return;
  settlePayment(context, { ...invoice, attempted: true }, intent);
}

/** The customer's own attempt failed or needs a step: the invoice counts it as one of its attempts. */
export function onPaymentFailed(context: Context, record: StoredObject): void {
  const intent = record as PaymentIntent;
  const invoice = invoiceOf(context, intent);
  if (invoice === undefined || context.isHandled(invoice.id) || intent.status === 'requires_action') return;
  const attempted = { ...invoice, attempted: true, attempt_count: invoice.attempt_count + 1 };
  const code = intent.last_payment_error?.decline_code ?? intent.last_payment_error?.code ?? null;
  const failed = noteFailure(context, attempted, { paymentMethod: null, declineCode: code, action: false });
  context.emitUpdated('invoice.updated', invoice, failed);
  afterPaymentFailed(context, failed);
}
