import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { expanded, idOf } from '../stripe/values.js';

/** The Stripe calls about payments. */
@Injectable()
export class PaymentGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The payment intent with its latest charge; null when Stripe does not know it. */
  retrieve(id: string): Promise<StripeAnswer<Stripe.PaymentIntent | null>> {
    return this.stripe.readOrNull((stripe, options) =>
      stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] }, options),
    );
  }

  /** `in_…` of the invoice that a payment intent pays; only invoice payments know it. */
  async findInvoiceId(paymentIntentId: string): Promise<string | null> {
    const payment = { type: 'payment_intent', payment_intent: paymentIntentId } as const;
    const { object } = await this.stripe.read((stripe, options) =>
      stripe.invoicePayments.list({ payment, limit: 1 }, options),
    );
    return idOf(object.data[0]?.invoice);
  }

  /** How the newest dispute of a payment stands, in Stripe's word; null for none. Asked for disputed charges alone. */
  async findDisputeStatus(intent: Stripe.PaymentIntent): Promise<string | null> {
    if (expanded(intent.latest_charge)?.disputed !== true) return null;
    const { object } = await this.stripe.read((stripe, options) =>
      stripe.disputes.list({ payment_intent: intent.id, limit: 1 }, options),
    );
    return object.data[0]?.status ?? null;
  }
}
