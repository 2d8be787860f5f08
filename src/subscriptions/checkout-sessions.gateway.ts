import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { StripeClient } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';

/** The Stripe calls about the open Checkout sessions of a customer: each could become a second subscription. */
@Injectable()
export class CheckoutSessionsGateway {
  constructor(private readonly stripe: StripeClient) {}

  listOpen(customer: string): Promise<Stripe.Checkout.Session[]> {
    return this.stripe.listAll((stripe, page, options) =>
      stripe.checkout.sessions.list({ customer, status: 'open', ...page }, options),
    );
  }

  /**
   * Expires the customer's open sessions.
   * @param exceptId a session that stays
   * @returns Stripe ids of the subscriptions of sessions that were completed meanwhile
   */
  async expireOpen(customer: string, exceptId?: string): Promise<string[]> {
    const completed: string[] = [];
    for (const session of await this.listOpen(customer)) {
      if (session.id === exceptId) continue;
      const subscription = await this.expire(session.id);
      if (subscription !== null) completed.push(subscription);
    }
    return completed;
  }

  /** Expires a session; the subscription of one that was completed meanwhile. */
  private async expire(id: string): Promise<string | null> {
    try {
      await this.stripe.writeRepeatable((stripe, options) => stripe.checkout.sessions.expire(id, {}, options));
      return null;
    } catch (error) {
      if (classifyStripeError(error)?.kind !== 'refused') throw error;
      const { object } = await this.stripe.read((stripe, options) =>
        stripe.checkout.sessions.retrieve(id, {}, options),
      );
      return object.status === 'complete' ? idOf(object.subscription) : null;
    }
  }
}
