import { Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { Customer } from '../customers/customer.entity.js';
import { beganWithTrial } from '../customers/trial-rules.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation, subjectOf } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { idOf } from '../stripe/values.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { isSettled } from '../subscriptions/subscription-rules.js';
import { Trials } from './trials.js';

/** Does what is due once a purchase outside of our requests has a card: in Checkout, after 3-D Secure, after a crash. */
@Injectable()
export class CardFollowUp {
  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly trials: Trials,
  ) {}

  /**
   * `card.make_default`: the card that a subscription was bought with becomes the one that pays, and a trial that the
   * card had already ends now. Safe to run again after a crash.
   */
  async makeDefault(operation: StripeOperation): Promise<void> {
    const stripeId = subjectOf(operation);
    const [row, customer] = await this.find(operation);
    const { object: subscription } = await this.gateway.retrieve(stripeId);
    const card = idOf(subscription?.default_payment_method);
    if (row !== null && customer !== null && subscription !== null && card !== null && isSettled(row, subscription)) {
      await this.paymentMethods.refresh(card);
      if (await this.hasPaid(row, subscription, card)) await this.setDefault(customer, card, stripeId);
      await this.commands.refresh(stripeId);
    }
    await this.operations.complete(operation, stripeId);
  }

  /**
   * `card.clear_own`: the customer's default pays again. Without one the subscription keeps the card that it has; while
   * another change is under way, or with another card by now, that is left to whoever does it.
   */
  async clearOwn(operation: StripeOperation): Promise<void> {
    const stripeId = subjectOf(operation);
    const [row, customer] = await this.find(operation);
    if (await this.transactions.run((manager) => this.operations.isChanging(manager, operation.customerId)))
      return this.operations.expire(operation, 'superseded');
    const { object: subscription } = await this.gateway.retrieve(stripeId);
    const pays = customer !== null && customer.defaultStripePaymentMethodId !== null;
    const owns = idOf(subscription?.default_payment_method) === operation.request.payment_method;
    if (row !== null && pays && owns && subscription !== null && isSettled(row, subscription))
      await this.commands.perform(stripeId, () => this.gateway.setDefaultPaymentMethod(stripeId, ''));
    await this.operations.complete(operation, stripeId);
  }

  /** `trial.check_cards`: a trial with a card that had one before is charged now, whichever way the card came. */
  async checkTrials(operation: StripeOperation): Promise<void> {
    for (const { stripeSubscriptionId: id } of await this.trials.listRepeated(operation.customerId)) {
      if (id === null) continue;
      const now = await this.commands.refresh(id);
      if (now?.status === 'trialing') await this.commands.perform(id, () => this.gateway.endTrialNow(id));
    }
    await this.operations.complete(operation, subjectOf(operation));
  }

  /** A card that was detached meanwhile cannot become the default, now or later. */
  private async setDefault(customer: StripeCustomer, card: string, stripeId: string): Promise<void> {
    try {
      await this.paymentMethods.setDefault(customer, card, [stripeId]);
    } catch (error) {
      if (!(error instanceof BillingError) || error.code !== 'conflict') throw error;
    }
  }

  /** False when the trial had to end and the card did not pay: it stays the subscription's own then. */
  private async hasPaid(row: Subscription, { id, status }: StripeSubscription, card: string): Promise<boolean> {
    if (status !== 'trialing' || !beganWithTrial(row)) return true;
    if (!(await this.trials.isRepeatedWithCard(row, card))) return true;
    const { subscription: charged } = await this.commands.perform(id, () => this.gateway.endTrialNow(id));
    return charged.status === 'active';
  }

  private find(operation: StripeOperation): Promise<[Subscription | null, StripeCustomer | null]> {
    return this.transactions.run(async (manager) => {
      const row = await manager.findOneBy(Subscription, { stripeSubscriptionId: subjectOf(operation) });
      const customer = row === null ? null : await manager.findOneBy(Customer, { id: row.customerId });
      if (customer === null || customer.stripeCustomerId === null || customer.deletedAt !== null) return [row, null];
      const { stripeCustomerId } = customer;
      return [row, Object.assign(customer, { stripeCustomerId })];
    });
  }
}
