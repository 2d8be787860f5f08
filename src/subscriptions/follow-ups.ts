import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { Intents } from '../operations/operations.js';
import { type StripeIntent } from '../operations/stripe-operation.entity.js';
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
    private readonly intents: Intents,
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly invoicePayments: InvoicePaymentGateway,
  ) {}

  private get endsDuplicates(): boolean {
    return this.config.env.DUPLICATE_POLICY === 'cancel_and_refund';
  }

  /** `duplicate.resolve`: ends and refunds a second live subscription, unless the policy is to flag it only. */
  async resolveDuplicate(intent: StripeIntent): Promise<void> {
    await this.refreshBoth(intent);
    const row = await this.find(intent);
    // Expired, not done: should it become a duplicate again, that is to be dealt with again.
    if (row === null || row.duplicateOfId === null) return this.intents.expire(intent, 'no_duplicate');
    const ids = { customer_id: row.customerId, stripe_subscription_id: row.stripeSubscriptionId };
    this.logger.error(ids, 'A customer has a second live subscription');
    if (this.endsDuplicates) await this.endAndRefund(intent, row);
    await this.close(intent);
  }

  /** `orphan.cancel`: ends and refunds what came of an intent that had been given up. */
  async cancelOrphan(intent: StripeIntent): Promise<void> {
    const row = await this.find(intent);
    if (row !== null) await this.endAndRefund(intent, row);
    await this.close(intent);
  }

  /**
   * `trial.end`: a second trial of a customer is charged now. One that has ended at Stripe meanwhile was charged by it, and
   * must not begin its period anew; nor must a duplicate be charged that is to go, until it should count after all.
   */
  async endTrial(intent: StripeIntent): Promise<void> {
    const { subjectStripeId: stripeId } = intent;
    if (stripeId !== null && this.config.trialOncePer.has('customer')) {
      await this.commands.refresh(stripeId);
      const row = await this.find(intent);
      if (this.endsDuplicates && row !== null && row.duplicateOfId !== null)
        return this.intents.expire(intent, 'duplicate');
      if (row?.status === 'trialing') await this.commands.perform(stripeId, () => this.gateway.endTrialNow(stripeId));
    }
    await this.close(intent);
  }

  /**
   * What is known of the two may be old: the one that counts may have ended, and then the other takes its place; or the
   * other was paid meanwhile and is the older one.
   */
  private async refreshBoth(intent: StripeIntent): Promise<void> {
    if (intent.subjectStripeId !== null) await this.commands.refresh(intent.subjectStripeId);
    const id = (await this.find(intent))?.duplicateOfId ?? null;
    const elected =
      id === null ? null : await this.transactions.run((manager) => manager.findOneBy(Subscription, { id }));
    if (elected !== null && elected.stripeSubscriptionId !== null)
      await this.commands.refresh(elected.stripeSubscriptionId);
  }

  private async endAndRefund(intent: StripeIntent, row: Subscription): Promise<void> {
    if (row.stripeSubscriptionId === null) return;
    const contract = { stripeSubscriptionId: row.stripeSubscriptionId, invoiceId: row.latestStripeInvoiceId };
    if (row.status === 'incomplete') await this.commands.discardIncomplete(contract);
    else if (isLive(row.status)) await this.commands.cancelNow(row.stripeSubscriptionId);
    await this.invoicePayments.refundAll(row.stripeSubscriptionId, intent.key);
  }

  private find(intent: StripeIntent): Promise<Subscription | null> {
    return this.transactions.run((manager) =>
      manager.findOneBy(Subscription, { stripeSubscriptionId: intent.subjectStripeId ?? '' }),
    );
  }

  private async close(intent: StripeIntent): Promise<void> {
    const resultStripeId = intent.subjectStripeId;
    await this.transactions.run((manager) => this.intents.close(manager, intent, { state: 'done', resultStripeId }));
  }
}
