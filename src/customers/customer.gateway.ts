import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { operationKeyOf } from '../operations/operation-metadata.js';

/** Parameters of a new Stripe customer. */
export interface NewCustomer {
  email: string;
  name?: string;
  metadata: Record<string, string>;
}

/** What may be changed of a Stripe customer; an empty text clears the field. */
export type CustomerChanges = Pick<
  Stripe.CustomerUpdateParams,
  'email' | 'name' | 'phone' | 'address' | 'shipping' | 'description' | 'invoice_settings' | 'metadata'
>;

/** Ended, or never begun. */
const NOT_LIVE: ReadonlySet<string> = new Set(['canceled', 'incomplete', 'incomplete_expired']);

/** The Stripe calls about customers. */
@Injectable()
export class CustomerGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The customer; null when it is deleted or unknown. */
  async retrieve(id: string): Promise<StripeAnswer<Stripe.Customer | null>> {
    const answer = await this.stripe.readOrNull((stripe, options) => stripe.customers.retrieve(id, {}, options));
    return { ...answer, object: answer.object === null || answer.object.deleted === true ? null : answer.object };
  }

  create(idempotencyKey: string, params: NewCustomer): Promise<StripeAnswer<Stripe.Customer>> {
    return this.stripe.write(idempotencyKey, (stripe, options) => stripe.customers.create(params, options));
  }

  update(id: string, changes: CustomerChanges): Promise<StripeAnswer<Stripe.Customer>> {
    return this.stripe.writeRepeatable((stripe, options) => stripe.customers.update(id, changes, options));
  }

  /** The customers of an e-mail, to the letter as Stripe has it. */
  listOf(email: string): Promise<Stripe.Customer[]> {
    return this.stripe.listAll((stripe, page, options) => stripe.customers.list({ ...page, email }, options));
  }

  /** True while something is sold to the customer, as far as Stripe knows. */
  async hasLiveSubscription(customer: string): Promise<boolean> {
    const found = await this.stripe.listAll((stripe, page, options) =>
      stripe.subscriptions.list({ ...page, customer }, options),
    );
    return found.some(({ status }) => !NOT_LIVE.has(status));
  }

  /** The customer that an operation made, if it did. */
  async findByOperation(operationKey: string, email: string, createdFrom: number): Promise<Stripe.Customer | null> {
    const customers = await this.stripe.listAll((stripe, page, options) =>
      stripe.customers.list({ ...page, email, created: { gte: createdFrom } }, options),
    );
    return customers.find((customer) => operationKeyOf(customer.metadata) === operationKey) ?? null;
  }
}
