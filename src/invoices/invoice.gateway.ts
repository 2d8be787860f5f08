import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';

/** Stripe's own shape, for the files that carry it between gateway and projection. */
export type StripeInvoice = Stripe.Invoice;

/** The Stripe calls about invoices. */
@Injectable()
export class InvoiceGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The invoice; null when it is unknown, or a draft that was deleted. */
  retrieve(id: string): Promise<StripeAnswer<Stripe.Invoice | null>> {
    return this.stripe.readOrNull((stripe, options) => stripe.invoices.retrieve(id, {}, options));
  }

  /** Pays an open or uncollectible invoice. Throws Stripe's card error also for a payment that must be confirmed. */
  pay(idempotencyKey: string, id: string, params: Stripe.InvoicePayParams): Promise<StripeAnswer<Stripe.Invoice>> {
    return this.stripe.write(idempotencyKey, (stripe, options) => stripe.invoices.pay(id, params, options));
  }
}
