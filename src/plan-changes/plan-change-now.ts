import { Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { Customer } from '../customers/customer.entity.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods, type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { type ImmediateChange, toUpdateParams } from './plan-change.mapper.js';
import { PlanChangeCompletion } from './plan-change-completion.js';
import { heldUp, requestOf } from './plan-change-outcome.js';
import { type RequiredAction } from '../subscriptions/collection/required-action.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { stripeIdOf } from '../subscriptions/subscription-rules.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { SubscriptionGateway } from '../subscriptions/subscription.gateway.js';

/** Changes a plan now: with its operation, since an upgrade is charged at once. */
@Injectable()
export class PlanChangeNow {
  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly completion: PlanChangeCompletion,
  ) {}

  /** @throws BillingError conflict when the row is out of date; purchase_in_progress, card_declined */
  async change(row: Subscription, customer: StripeCustomer, change: ImmediateChange): Promise<RequiredAction> {
    const operation = await this.open(row, change);
    return this.operations.carryOut(operation, (undo) => this.carryOut(operation, row, customer, change, undo));
  }

  private open(row: Subscription, change: ImmediateChange): Promise<StripeOperation> {
    return this.transactions.run(async (manager) => {
      await manager.findOneOrFail(Customer, { where: { id: row.customerId }, lock: { mode: 'pessimistic_write' } });
      const request = {
        ...requestOf(change),
        from: row.stripePriceId,
        payment_method: change.card?.stripeId ?? null,
      };
      const subjectStripeId = stripeIdOf(row);
      const wanted = {
        customerId: row.customerId,
        kind: 'subscription.change_plan' as const,
        subjectStripeId,
        request,
      };
      return this.operations.beginExclusive(manager, wanted, async () => {
        const now = await manager.findOneByOrFail(Subscription, { id: row.id });
        const isSame = now.stripePriceId === row.stripePriceId && now.quantity === row.quantity;
        if (!isSame || now.status !== row.status) throw new BillingError('conflict');
      });
    });
  }

  private async carryOut(
    operation: StripeOperation,
    row: Subscription,
    customer: StripeCustomer,
    change: ImmediateChange,
    undo: (step: () => Promise<unknown>) => void,
  ): Promise<RequiredAction> {
    const stripeId = stripeIdOf(row);
    const before = await this.operations.prepareStep(operation, 'before', await this.completion.noteBefore(row));
    const card = await this.useCard(operation, stripeId, customer, change.card);
    // A resumed change finds its card attached by its own first try.
    const isNew = change.card?.attached === false || operation.steps.attach !== undefined;
    undo(() => this.completion.restore(stripeId, before, isNew ? card : null));
    if (change.later !== null) await this.operations.prepareStep(operation, 'later', heldUp(change.later, before));
    if (before.schedule_id !== null) await this.commands.releaseSchedule(stripeId, before.schedule_id);
    const params = await this.operations.prepareStep(operation, 'update', toUpdateParams(change));
    const { subscription } = await this.commands.perform(stripeId, () =>
      this.gateway.update(Operations.stepKey(operation, 'update'), stripeId, params),
    );
    const action = await this.completion.finish(operation, subscription, change.later);
    if (card !== null && !action.requires_action) await this.makeDefault(customer, card);
    return action;
  }

  /** The card must pay the upgrade, but is the default only after it did; so it is the subscription's own until then. */
  private async useCard(
    operation: StripeOperation,
    stripeId: string,
    customer: StripeCustomer,
    card: ResolvedPaymentMethod | null,
  ): Promise<string | null> {
    if (card === null) return null;
    const { payment_method: wanted } = await this.operations.prepareStep(operation, 'attach', {
      payment_method: card.stripeId,
    });
    const id = card.attached
      ? card.stripeId
      : await this.paymentMethods.attach(customer, wanted, Operations.stepKey(operation, 'attach'));
    await this.commands.perform(stripeId, () => this.gateway.setDefaultPaymentMethod(stripeId, id));
    return id;
  }

  /** The change stands whether or not this works: the subscription has the card of its own. */
  private async makeDefault(customer: StripeCustomer, card: string): Promise<void> {
    try {
      await this.paymentMethods.setDefault(customer, card);
    } catch (error) {
      if (classifyStripeError(error) === null) throw error;
    }
  }
}
