import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { InvoicePaymentGateway } from './invoice-payment.gateway.js';
import { Subscription } from './subscription.entity.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { isLive } from './subscription-status.js';

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
    private readonly invoicePayments: InvoicePaymentGateway,
  ) {}

  private get endsDuplicates(): boolean {
    return this.config.env.DUPLICATE_POLICY === 'cancel_and_refund';
  }

  /** `duplicate.resolve`: ends and refunds a second live subscription, unless the policy is to flag it only. */
  async resolveDuplicate(operation: StripeOperation): Promise<void> {
    await this.refreshBoth(operation);
    const row = await this.find(operation);
    // Expired, not done: should it become a duplicate again, a new follow-up is needed.
    if (row === null || row.duplicateOfId === null) return this.operations.expire(operation, 'no_duplicate');
    const ids = { customer_id: row.customerId, stripe_subscription_id: row.stripeSubscriptionId };
    this.logger.error(ids, 'A customer has a second live subscription');
    if (this.endsDuplicates) await this.endAndRefund(operation, row);
    await this.close(operation);
  }

  /** `orphan.cancel`: ends and refunds the subscription of an operation that had expired. */
  async cancelOrphan(operation: StripeOperation): Promise<void> {
    const row = await this.find(operation);
    if (row !== null) await this.endAndRefund(operation, row);
    await this.close(operation);
  }

  /**
   * `trial.end`: a second trial of a customer is charged now. One that has ended at Stripe meanwhile was charged by it, and
   * must not begin its period anew; nor must a duplicate be charged that is to go, until it should count after all.
   */
  async endTrial(operation: StripeOperation): Promise<void> {
    const { subjectStripeId: stripeId } = operation;
    if (stripeId !== null && this.config.trialOncePer.has('customer')) {
      await this.commands.refresh(stripeId);
      const row = await this.find(operation);
      if (this.endsDuplicates && row !== null && row.duplicateOfId !== null)
        return this.operations.expire(operation, 'duplicate');
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

  private async endAndRefund(operation: StripeOperation, row: Subscription): Promise<void> {
    if (row.stripeSubscriptionId === null) return;
    const contract = { stripeSubscriptionId: row.stripeSubscriptionId, invoiceId: row.latestStripeInvoiceId };
    if (row.status === 'incomplete') await this.commands.discardIncomplete(contract);
    else if (isLive(row.status)) await this.commands.cancelNow(row.stripeSubscriptionId);
    await this.invoicePayments.refundAll(row.stripeSubscriptionId, operation.key);
  }

  private find(operation: StripeOperation): Promise<Subscription | null> {
    return this.transactions.run((manager) =>
      manager.findOneBy(Subscription, { stripeSubscriptionId: operation.subjectStripeId ?? '' }),
    );
  }

  private async close(operation: StripeOperation): Promise<void> {
    const resultStripeId = operation.subjectStripeId;
    await this.transactions.run((manager) =>
      this.operations.close(manager, operation, { state: 'done', resultStripeId }),
    );
  }
}
