import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../../stripe/stripe-client.js';
import { classifyStripeError } from '../../stripe/stripe-error.js';
import { idOf } from '../../stripe/values.js';
import {
  type InvoicePaymentState,
  type OpenInvoice,
  paymentIntentOf,
  toOpenInvoice,
  toPaymentState,
} from './invoice-payment.mapper.js';

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

  /** The open invoices of a subscription, newest first. */
  async listOpen(subscription: string): Promise<OpenInvoice[]> {
    const open = await this.stripe.listAll((stripe, page, options) =>
      stripe.invoices.list({ subscription, status: 'open', ...page }, options),
    );
    return open.map(toOpenInvoice);
  }

  /** `pm_…` of the payment of an invoice; null without one. */
  async findPayingCard(invoiceId: string): Promise<string | null> {
    return idOf((await this.findPaymentIntent(invoiceId))?.payment_method);
  }

  /** Secret and state of a setup intent, for a trial that wants its card confirmed. */
  async findSetupSecret(setupIntentId: string): Promise<{ clientSecret: string | null; status: string }> {
    const { object } = await this.stripe.read((stripe, options) =>
      stripe.setupIntents.retrieve(setupIntentId, {}, options),
    );
    return { clientSecret: object.status === 'succeeded' ? null : object.client_secret, status: object.status };
  }

  /** Voids an invoice; one that cannot be voided is read: its status is `paid` when it was paid before. */
  async void(invoiceId: string): Promise<StripeAnswer<Stripe.Invoice>> {
    try {
      return await this.stripe.writeRepeatable((stripe, options) =>
        stripe.invoices.voidInvoice(invoiceId, {}, options),
      );
    } catch (error) {
      if (classifyStripeError(error)?.kind !== 'refused') throw error;
      return this.stripe.read((stripe, options) => stripe.invoices.retrieve(invoiceId, {}, options));
    }
  }

  /** Stripe's status of an invoice. */
  async statusOf(invoiceId: string): Promise<string | null> {
    const { object } = await this.stripe.read((stripe, options) => stripe.invoices.retrieve(invoiceId, {}, options));
    return object.status;
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
