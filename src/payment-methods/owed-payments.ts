import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { Subscription } from '../subscriptions/subscription.entity.js';

/** What a customer owes for subscriptions whose payment failed. */
@Injectable()
export class OwedPayments {
  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
  ) {}

  /**
   * Has a card that the customer made the default pay what is open at once, and not only at the next attempt. It is written
   * down and done a moment later; nothing happens for a customer who owes nothing.
   */
  async payWith(customerId: number, stripePaymentMethodId: string): Promise<void> {
    const owing = { customerId, status: In(['past_due', 'unpaid']) };
    if (!(await this.transactions.withoutTransaction((manager) => manager.existsBy(Subscription, owing)))) return;
    const wanted = {
      customerId,
      kind: 'invoice.collect' as const,
      subjectStripeId: stripePaymentMethodId,
      request: {},
    };
    await this.transactions.run((manager) => this.operations.enqueue(manager, wanted, 'again'));
  }
}
