import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { type InvoicePaymentState, paymentIntentOf, toPaymentState } from './invoice-payment.mapper.js';

/** The Stripe calls about the payment of a subscription's latest invoice. */
@Injectable()
export class InvoicePaymentGateway {
  constructor(private readonly stripe: StripeClient) {}

  async find(invoiceId: string): Promise<InvoicePaymentState> {
    const { object: invoice } = await this.stripe.read((stripe, options) =>
      stripe.invoices.retrieve(invoiceId, { expand: ['confirmation_secret'] }, options),
    );
    const intent = await this.findPaymentIntent(invoiceId);
    return toPaymentState(invoice, intent);
  }

  /** Secret and state of a setup intent, for a trial that wants its card confirmed. */
  async findSetupSecret(setupIntentId: string): Promise<{ clientSecret: string | null; status: string }> {
    const { object } = await this.stripe.read((stripe, options) =>
      stripe.setupIntents.retrieve(setupIntentId, {}, options),
    );
    return { clientSecret: object.status === 'succeeded' ? null : object.client_secret, status: object.status };
  }

  /** Voids an invoice. Returns its status: `paid` when it was paid before. */
  async void(invoiceId: string): Promise<string | null> {
    try {
      const { object } = await this.stripe.writeRepeatable((stripe, options) =>
        stripe.invoices.voidInvoice(invoiceId, {}, options),
      );
      return object.status;
    } catch (error) {
      if (classifyStripeError(error)?.kind !== 'refused') throw error;
      const { object } = await this.stripe.read((stripe, options) => stripe.invoices.retrieve(invoiceId, {}, options));
      return object.status;
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
    return paymentIntentOf(payments.data);
  }

  private read(invoice: string): Promise<StripeAnswer<Stripe.ApiList<Stripe.InvoicePayment>>> {
    return this.stripe.read((stripe, options) =>
      stripe.invoicePayments.list({ invoice, limit: 10, expand: ['data.payment.payment_intent'] }, options),
    );
  }
}
