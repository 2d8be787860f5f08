import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type ListObject, type Stored } from '../../wire.js';
import { paymentIntents } from '../payment-intent/pay-payment-intent.js';
import { type Invoice } from '../invoice/invoice-type.js';

export type InvoicePayment = Stored<Stripe.InvoicePayment>;

export const invoicePayments = objectType<InvoicePayment>({
  object: 'invoice_payment',
  prefix: 'inpay',
  indexes: {
    invoice: (payment) => payment.invoice,
    payment_intent: (payment) => payment.payment.payment_intent,
  },
  references: {
    invoice: 'invoice',
    'payment.payment_intent': 'payment_intent',
    'payment.charge': 'charge',
  },
});

/** The `payments` list of an invoice, which is shown only when expanded. */
export function paymentsOf(invoice: Invoice, context: Context): ListObject<unknown> {
  return {
    object: 'list',
    url: `/v1/invoice_payments?invoice=${invoice.id}`,
    has_more: false,
    data: context.objects(invoicePayments).where('invoice', invoice.id).reverse(),
  };
}

/** The `confirmation_secret` of an invoice, which is shown only when expanded: the secret of its payment intent. */
export function confirmationSecretOf(
  invoice: Invoice,
  context: Context,
): { client_secret: string; type: string } | null {
  const id = invoice.sandbox.payment_intent;
  const secret = id === null ? null : context.objects(paymentIntents).get(id)?.client_secret;
  return secret ? { client_secret: secret, type: 'payment_intent' } : null;
}
