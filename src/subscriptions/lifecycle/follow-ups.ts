import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Payers } from '../../customers/payers.js';
import { Transactions } from '../../database/transactions.js';
import { Operations } from '../../operations/operations.js';
import { type StripeOperation, subjectOf } from '../../operations/stripe-operation.entity.js';
import { InvoiceRefunds } from '../collection/invoice-refunds.js';
import { Subscription } from '../subscription.entity.js';
import { type NotRefunded } from '../collection/invoice-refund.mapper.js';
import { SubscriptionCommands } from '../subscription-commands.js';
import { SubscriptionGateway } from '../subscription.gateway.js';
import { isLive } from '../subscription-status.js';
import { UnpaidPeriod } from '../collection/unpaid-period.js';

/** Seconds, Stripe's clock. */
const SOLD_WITHIN_SECONDS = 24 * 60 * 60;

/** Does at Stripe what the projection of subscriptions found must be done. Safe to run again after a crash. */
@Injectable()
export class SubscriptionFollowUps {
  private readonly logger = new Logger(SubscriptionFollowUps.name);

  constructor(
    private readonly config: AppConfig,
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly refunds: InvoiceRefunds,
    private readonly payers: Payers,
    private readonly unpaidPeriod: UnpaidPeriod,
  ) {}

  /**
   * Whether a second live subscription is ended and refunded: only one that this installation sold a short while ago, in a
   * race. What an operator or another program made was made on purpose.
   */
  private isToEnd({ duplicateOfId, metadata, stripeCreated, asOfTo }: Subscription): boolean {
    return (
      duplicateOfId !== null &&
      this.config.env.DUPLICATE_POLICY === 'cancel_and_refund' &&
      this.payers.madeHere(metadata) &&
      asOfTo - stripeCreated <= SOLD_WITHIN_SECONDS
    );
  }

  /** `duplicate.resolve`: reports a second live subscription; ends and refunds it where that is right. */
  async resolveDuplicate(operation: StripeOperation): Promise<void> {
    await this.refreshBoth(operation);
    const row = await this.find(operation);
    // Expired, not done: should it become a duplicate again, a new follow-up is needed.
    if (row === null || row.duplicateOfId === null) return this.operations.expire(operation, 'no_duplicate');
    const ids = { customer_id: row.customerId, stripe_subscription_id: row.stripeSubscriptionId };
    this.logger.error(ids, 'A customer has a second live subscription');
    const left = this.isToEnd(row) ? await this.endAndRefund(operation, row) : [];
    await this.close(operation, left);
  }

  /** `orphan.cancel`: ends and refunds the subscription of an operation that had expired. */
  async cancelOrphan(operation: StripeOperation): Promise<void> {
    const row = await this.find(operation);
    await this.close(operation, row === null ? [] : await this.endAndRefund(operation, row));
  }

  /**
   * `trial.end`: a second trial of a customer is charged now. One that has ended at Stripe meanwhile was charged by it, and
   * must not begin its period anew; nor is a second live one charged, which is to go or was made on purpose.
   */
  async endTrial(operation: StripeOperation): Promise<void> {
    const { subjectStripeId: stripeId } = operation;
    if (stripeId !== null && this.config.trialOncePer.has('customer')) {
      await this.commands.refresh(stripeId);
      const row = await this.find(operation);
      if (row !== null && row.duplicateOfId !== null) return this.operations.expire(operation, 'duplicate');
      if (row?.status === 'trialing') await this.commands.perform(stripeId, () => this.gateway.endTrialNow(stripeId));
    }
    await this.close(operation);
  }

  /**
   * What is known of the two may be old: the one that counts may have ended, and then the other takes its place; or the
   * other was paid meanwhile and is the older one.
   */
  private async refreshBoth(operation: StripeOperation): Promise<void> {
    if (operation.subjectStripeId !== null) await this.commands.refresh(operation.subjectStripeId);
    const id = (await this.find(operation))?.duplicateOfId ?? null;
    const elected =
      id === null ? null : await this.transactions.run((manager) => manager.findOneBy(Subscription, { id }));
    if (elected !== null && elected.stripeSubscriptionId !== null)
      await this.commands.refresh(elected.stripeSubscriptionId);
  }

  private async endAndRefund(operation: StripeOperation, row: Subscription): Promise<NotRefunded[]> {
    if (row.stripeSubscriptionId === null) return [];
    const contract = { stripeSubscriptionId: row.stripeSubscriptionId, invoiceId: row.latestStripeInvoiceId };
    if (row.status === 'incomplete') await this.commands.discardIncomplete(contract);
    else if (isLive(row.status)) {
      if (row.status === 'past_due' || row.status === 'unpaid') await this.unpaidPeriod.voidInvoices(row);
      await this.commands.cancelNow(row.stripeSubscriptionId);
    }
    return this.refunds.refundAll(row.stripeSubscriptionId, operation.key);
  }

  private find(operation: StripeOperation): Promise<Subscription | null> {
    return this.transactions.run((manager) =>
      manager.findOneBy(Subscription, { stripeSubscriptionId: subjectOf(operation) }),
    );
  }

  /** @param left what could not be given back, for a person to see to */
  private async close(operation: StripeOperation, left: readonly NotRefunded[] = []): Promise<void> {
    const resultStripeId = operation.subjectStripeId;
    for (const part of left)
      this.logger.error({ ...part, stripe_subscription_id: resultStripeId }, 'Give this back by hand');
    const reason = left.length === 0 ? {} : { reason: 'refund_incomplete' };
    await this.transactions.run((manager) =>
      this.operations.close(manager, operation, { state: 'done', resultStripeId, ...reason }),
    );
  }
}
