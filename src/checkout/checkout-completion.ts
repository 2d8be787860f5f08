import { Injectable } from '@nestjs/common';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { Ignored, NOTHING_ON_COMMIT, type Outcome, type OnCommit } from '../sync/projection.js';
import { idOf } from '../stripe/values.js';
import { makeDefault } from '../operations/card-operation.js';
import { type CheckoutSession, CheckoutSessionsGateway } from '../purchases/checkout-sessions.gateway.js';
import { hasMirroredResult } from '../purchases/mirrored-result.js';
import { SubscriptionProjection } from '../subscriptions/subscription.projection.js';
import { operationKeyOf } from '../operations/operation-metadata.js';
import { fulfilledSubscriptionOf } from './checkout.mapper.js';

/**
 * Mirrors what a Checkout session made. A session has no row: its customer and its subscription are read anew, and the
 * customer says who the owner is. `client_reference_id` alone is never believed, since anyone who has the
 * address of a payment link can set it.
 */
@Injectable()
export class CheckoutCompletion {
  constructor(
    private readonly transactions: Transactions,
    private readonly sessions: CheckoutSessionsGateway,
    private readonly customers: CustomerProjection,
    private readonly subscriptions: SubscriptionProjection,
    private readonly operations: Operations,
  ) {}

  /** Reads the session at Stripe and brings up to date what it made. `onCommit` runs in the last transaction. */
  async refresh(sessionId: string, onCommit: OnCommit = NOTHING_ON_COMMIT): Promise<Outcome> {
    const session = await this.sessions.retrieve(sessionId);
    if (session === null) return this.commitOnly(onCommit, { state: 'ignored', reason: 'gone', read: true });
    const customer = await this.customers.findOrRefresh(idOf(session.customer));
    if (customer instanceof Ignored) return this.commitOnly(onCommit, { ...customer.outcome, read: true });
    await this.mirror(session);
    const outcome: Outcome = { state: 'applied', read: true };
    await this.transactions.run(async (manager) => {
      const subscription = fulfilledSubscriptionOf(session);
      if (subscription !== null)
        await this.operations.enqueue(manager, makeDefault(customer.id, subscription), 'again');
      const key = operationKeyOf(session.metadata);
      if (key !== undefined) await this.operations.closeAbandoned(manager, 'checkout.create', key, session.id);
      await onCommit(manager, outcome);
    });
    return outcome;
  }

  /** Finishes the operation of a session whose process died: found at Stripe or not, it is never opened again. */
  async recover(operation: StripeOperation): Promise<void> {
    const made = await this.findMade(operation);
    if (made === null) return this.operations.expireUnless(operation, 'not_found_at_stripe', hasMirroredResult);
    if (made.status === 'complete') await this.refresh(made.id);
    await this.operations.complete(operation, made.id);
  }

  private async findMade(operation: StripeOperation): Promise<CheckoutSession | null> {
    const customer = operation.steps.session?.customer;
    if (typeof customer !== 'string') return null;
    return this.sessions.findByOperation(customer, operation.key, Operations.earliestResult(operation));
  }

  private async mirror(session: CheckoutSession): Promise<void> {
    const customer = idOf(session.customer);
    const subscription = idOf(session.subscription);
    if (session.status !== 'complete' || customer === null || subscription === null) return;
    await this.customers.refresh(customer);
    await this.subscriptions.refresh(subscription);
  }

  private async commitOnly(onCommit: OnCommit, outcome: Outcome): Promise<Outcome> {
    await this.transactions.run((manager) => onCommit(manager, outcome));
    return outcome;
  }
}
