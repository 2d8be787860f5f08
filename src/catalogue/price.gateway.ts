import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { StripeClient } from '../stripe/stripe-client.js';

/** Stripe's own shape, for the service that carries it to the mapper. */
export type StripePrice = Stripe.Price;

/** The boot waits for this call, and the check is repeated anyway: one short attempt. */
const TIMEOUT_MS = 5_000;

/** The Stripe calls about prices. */
@Injectable()
export class PriceGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The price with its product; null when Stripe does not know it. */
  async retrieve(id: string): Promise<Stripe.Price | null> {
    const { object } = await this.stripe.readOrNull((stripe, options) =>
      stripe.prices.retrieve(id, { expand: ['product'] }, { ...options, timeout: TIMEOUT_MS, maxNetworkRetries: 0 }),
    );
    return object;
  }
}
