import type Stripe from 'stripe';
import { expanded } from '../../stripe/values.js';

/** How the payment of an invoice stands. */
export interface InvoicePaymentState {
  /** For Stripe.js: confirms the payment; null when nothing is left to do. */
  clientSecret: string | null;
  /** Page on which the invoice can be paid. */
  paymentUrl: string | null;
  /** True once nothing is owed for the invoice any more, though nothing was paid. */
  isVoid: boolean;
  /** Why the last attempt failed. */
  decline: { code?: string; declineCode?: string; message?: string } | null;
}

/** An invoice that is still to be paid. */
export interface OpenInvoice {
  id: string;
  /** When it was made: seconds, Stripe's clock. */
  created: number;
  /** Until when items were put on it, as with the renewal that it bills: seconds, Stripe's clock. */
  periodEnd: number;
  /** True when Stripe charges it by itself, false when it is sent to be paid by hand. */
  isCharged: boolean;
}

export function toOpenInvoice(invoice: Stripe.Invoice): OpenInvoice {
  const { id, created, period_end: periodEnd, collection_method: method } = invoice;
  return { id, created, periodEnd, isCharged: method === 'charge_automatically' };
}

/**
 * How the payment of an invoice stands.
 * @param invoice with `confirmation_secret` expanded
 * @param intent of its payment; null without one
 */
export function toPaymentState(invoice: Stripe.Invoice, intent: Stripe.PaymentIntent | null): InvoicePaymentState {
  const isOpen = invoice.status === 'open';
  return {
    clientSecret: isOpen ? (invoice.confirmation_secret?.client_secret ?? null) : null,
    paymentUrl: isOpen ? (invoice.hosted_invoice_url ?? null) : null,
    isVoid: invoice.status === 'void',
    decline: declineOf(intent),
  };
}

/**
 * The payment intent that an invoice is paid by: Stripe's default payment, else the newest.
 * @param payments newest first, as Stripe lists them, with their payment intents expanded
 */
export function paymentIntentOf(payments: readonly Stripe.InvoicePayment[]): Stripe.PaymentIntent | null {
  const byIntent = payments.filter((payment) => payment.payment.type === 'payment_intent');
  const wanted = byIntent.find((payment) => payment.is_default) ?? byIntent[0];
  return expanded(wanted?.payment.payment_intent);
}

function declineOf(intent: Stripe.PaymentIntent | null): InvoicePaymentState['decline'] {
  const error = intent?.status === 'requires_payment_method' ? intent.last_payment_error : null;
  if (error === null || error === undefined) return null;
  return {
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(error.decline_code === undefined ? {} : { declineCode: error.decline_code }),
    ...(error.message === undefined ? {} : { message: error.message }),
  };
}
