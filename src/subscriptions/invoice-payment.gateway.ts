import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { expanded } from '../stripe/values.js';

/** How the payment of an invoice stands. */
export interface InvoicePaymentState {
  invoiceStatus: string | null;
  /** For Stripe.js: confirms the payment; null when nothing is left to do. */
  clientSecret: string | null;
  /** Page on which the invoice can be paid. */
  paymentUrl: string | null;
  /** `requires_action`, `requires_payment_method` …; null without a payment. */
  paymentIntentStatus: string | null;
  /** Why the last attempt failed. */
  decline: { code?: string; declineCode?: string; message?: string } | null;
}

/** The Stripe calls about the payment of a subscription's latest invoice. */
@Injectable()
export class InvoicePaymentGateway {
  constructor(private readonly stripe: StripeClient) {}

  async find(invoiceId: string): Promise<InvoicePaymentState> {
    const { object: invoice } = await this.stripe.read((stripe, options) =>
      stripe.invoices.retrieve(invoiceId, { expand: ['confirmation_secret'] }, options),
    );
    const intent = await this.findPaymentIntent(invoiceId);
    return {
      invoiceStatus: invoice.status,
      clientSecret: invoice.status === 'open' ? (invoice.confirmation_secret?.client_secret ?? null) : null,
      paymentUrl: invoice.status === 'open' ? (invoice.hosted_invoice_url ?? null) : null,
      paymentIntentStatus: intent?.status ?? null,
      decline: declineOf(intent),
    };
  }

  /** Secret and state of a setup intent, for a trial that wants its card confirmed. */
  async findSetupSecret(setupIntentId: string): Promise<{ clientSecret: string | null; status: string }> {
    const { object } = await this.stripe.read((stripe, options) =>
      stripe.setupIntents.retrieve(setupIntentId, {}, options),
    );
    return { clientSecret: object.status === 'succeeded' ? null : object.client_secret, status: object.status };
  }

  /** Voids an invoice. False when it cannot be voided any more, because it was paid or is void already. */
  async void(invoiceId: string): Promise<{ voided: boolean; status: string | null }> {
    try {
      const { object } = await this.stripe.writeRepeatable((stripe, options) =>
        stripe.invoices.voidInvoice(invoiceId, {}, options),
      );
      return { voided: true, status: object.status };
    } catch (error) {
      if (classifyStripeError(error)?.kind !== 'refused') throw error;
      const { object } = await this.stripe.read((stripe, options) => stripe.invoices.retrieve(invoiceId, {}, options));
      return { voided: object.status === 'void', status: object.status };
    }
  }

  /** Refunds what was paid on the invoices of a subscription; the same key never refunds twice. */
  async refundAll(subscriptionId: string, keyStem: string): Promise<void> {
    const invoices = await this.stripe.listAll((stripe, page, options) =>
      stripe.invoices.list({ subscription: subscriptionId, status: 'paid', ...page }, options),
    );
    for (const invoice of invoices) {
      const intent = await this.findPaymentIntent(invoice.id);
      if (intent?.status === 'succeeded') await this.refund(intent.id, `${keyStem}:refund:${intent.id}`);
    }
  }

  private async refund(paymentIntentId: string, idempotencyKey: string): Promise<void> {
    try {
      await this.stripe.write(idempotencyKey, (stripe, options) =>
        stripe.refunds.create({ payment_intent: paymentIntentId, reason: 'duplicate' }, options),
      );
    } catch (error) {
      if (classifyStripeError(error)?.code !== 'charge_already_refunded') throw error;
    }
  }

  private async findPaymentIntent(invoiceId: string): Promise<Stripe.PaymentIntent | null> {
    const { object: payments } = await this.read(invoiceId);
    const newestFirst = payments.data.filter((payment) => payment.payment.type === 'payment_intent');
    const wanted = newestFirst.find((payment) => payment.is_default) ?? newestFirst[0];
    return expanded(wanted?.payment.payment_intent);
  }

  private read(invoice: string): Promise<StripeAnswer<Stripe.ApiList<Stripe.InvoicePayment>>> {
    return this.stripe.read((stripe, options) =>
      stripe.invoicePayments.list({ invoice, limit: 10, expand: ['data.payment.payment_intent'] }, options),
    );
  }
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
