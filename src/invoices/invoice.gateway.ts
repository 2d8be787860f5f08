import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';

/** The Stripe calls about invoices. */
@Injectable()
export class InvoiceGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The invoice; null when it is unknown, or a draft that was deleted. */
  retrieve(id: string): Promise<StripeAnswer<Stripe.Invoice | null>> {
    return this.stripe.readOrNull((stripe, options) => stripe.invoices.retrieve(id, {}, options));
  }
}
