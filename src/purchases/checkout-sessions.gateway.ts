import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { StripeClient } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';
import { operationKeyOf } from '../operations/operation-metadata.js';

/** Stripe's own shape, for the files that carry it between gateway and mapper. */
export type CheckoutSession = Stripe.Checkout.Session;

/** The Stripe calls about Checkout sessions. An open one could become a second subscription. */
@Injectable()
export class CheckoutSessionsGateway {
  constructor(private readonly stripe: StripeClient) {}

  /**
   * Opens a session, or returns the one that this key opened before as it is now.
   * @param idempotencyKey names the session
   */
  async create(idempotencyKey: string, params: Stripe.Checkout.SessionCreateParams): Promise<CheckoutSession> {
    const answer = await this.stripe.write(idempotencyKey, (stripe, options) =>
      stripe.checkout.sessions.create(params, options),
    );
    return answer.first ? answer.object : ((await this.retrieve(answer.object.id)) ?? answer.object);
  }

  /** The session; null when Stripe does not know it. */
  async retrieve(id: string): Promise<CheckoutSession | null> {
    const { object } = await this.stripe.readOrNull((stripe, options) =>
      stripe.checkout.sessions.retrieve(id, {}, options),
    );
    return object;
  }

  /** The session that an operation opened, if it did. */
  async findByOperation(customer: string, operationKey: string, createdFrom: number): Promise<CheckoutSession | null> {
    const made = await this.stripe.listAll((stripe, page, options) =>
      stripe.checkout.sessions.list({ customer, created: { gte: createdFrom }, ...page }, options),
    );
    return made.find((session) => operationKeyOf(session.metadata) === operationKey) ?? null;
  }

  /** The customer's open sessions that would make a subscription, with what each sells. */
  async listOpen(customer: string): Promise<CheckoutSession[]> {
    const expand = ['data.line_items'];
    const open = await this.stripe.listAll((stripe, page, options) =>
      stripe.checkout.sessions.list({ customer, status: 'open', expand, ...page }, options),
    );
    return open.filter(({ mode }) => mode === 'subscription');
  }

  /** Expires a session; the subscription of one that was completed meanwhile. */
  async expire(id: string): Promise<string | null> {
    try {
      await this.stripe.writeRepeatable((stripe, options) => stripe.checkout.sessions.expire(id, {}, options));
      return null;
    } catch (error) {
      if (classifyStripeError(error)?.kind !== 'refused') throw error;
      const session = await this.retrieve(id);
      return session?.status === 'complete' ? idOf(session.subscription) : null;
    }
  }
}
