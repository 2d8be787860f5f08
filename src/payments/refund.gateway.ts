import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';

/** The Stripe calls about refunds. */
@Injectable()
export class RefundGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The refund; null when Stripe does not know it. */
  retrieve(id: string): Promise<StripeAnswer<Stripe.Refund | null>> {
    return this.stripe.readOrNull((stripe, options) => stripe.refunds.retrieve(id, {}, options));
  }
}
