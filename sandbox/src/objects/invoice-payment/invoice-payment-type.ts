import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

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
