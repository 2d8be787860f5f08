import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { Customer } from '../customers/customer.entity.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { Transactions } from '../database/transactions.js';
import { type OperationRequest } from '../operations/operation-request.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { idOf } from '../stripe/values.js';
import { CheckoutSessionsGateway } from './checkout-sessions.gateway.js';
import { LivePlans } from '../subscriptions/live-plans.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { LIVE_STATUSES } from '../subscriptions/subscription-status.js';
import { type PurchaseOrder } from './purchase-order.js';
import { Trials } from './trials.js';
import { operationKeyOf } from '../operations/operation-metadata.js';

/** What the gate needs to know of an order. */
type OrderFacts = Pick<PurchaseOrder, 'customer' | 'group' | 'trialDays'>;

/** Lets one purchase of a customer through at a time, and only while nothing lives that forbids it. */
@Injectable()
export class PurchaseGate {
  constructor(
    private readonly trials: Trials,
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly livePlans: LivePlans,
    private readonly commands: SubscriptionCommands,
    private readonly sessions: CheckoutSessionsGateway,
  ) {}

  /**
   * Writes the purchase down.
   * @throws BillingError subscription_exists, trial_already_used, purchase_in_progress
   */
  open(wanted: OperationRequest, { group, trialDays }: OrderFacts): Promise<StripeOperation> {
    return this.transactions.run(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const customer = await manager.findOneOrFail(Customer, { where: { id: wanted.customerId }, lock });
      return this.operations.beginExclusive(manager, wanted, async () => {
        if (await this.findForbidding(manager, customer.id, group)) throw new BillingError('subscription_exists');
        if (trialDays !== null && this.trials.isUsedBy(customer)) throw new BillingError('trial_already_used');
      });
    });
  }

  /**
   * Clears at Stripe what stands in the way of a purchase: open Checkout sessions and first payments left undone, as far
   * as they are of the same group. What an interrupted try of the same operation made stays.
   * @param operationKey operation whose own subscription stays; null when it is to make none itself
   * @param keepSessionId Checkout session that stays open
   * @throws BillingError subscription_exists when a live subscription turns out to be there
   */
  async clear({ customer, group }: OrderFacts, operationKey: string | null, keepSessionId?: string): Promise<void> {
    const completed = await this.expireSessions(customer.stripeCustomerId, group, keepSessionId);
    for (const stripeSubscriptionId of completed) await this.commands.refresh(stripeSubscriptionId);
    for (const live of await this.livePlans.list(customer.stripeCustomerId, group)) {
      if (operationKeyOf(live.metadata) === operationKey) continue;
      if (live.status !== 'incomplete') {
        await this.commands.refresh(live.id);
        throw new BillingError('subscription_exists');
      }
      await this.commands.discardIncomplete({ stripeSubscriptionId: live.id, invoiceId: idOf(live.latest_invoice) });
    }
    if (completed.length > 0) throw new BillingError('subscription_exists');
  }

  /** @throws BillingError trial_already_used when the card had a trial with another customer */
  async refuseKnownCard(customer: StripeCustomer, stripePaymentMethodId: string): Promise<void> {
    if (await this.trials.isUsedWithCard(customer.id, stripePaymentMethodId))
      throw new BillingError('trial_already_used');
  }

  /** Expires the open sessions that would sell a plan of the group; the subscriptions of those that were completed meanwhile. */
  private async expireSessions(stripeCustomerId: string, group: string, exceptId?: string): Promise<string[]> {
    const completed: string[] = [];
    for (const { id, line_items: lines } of await this.sessions.listOpen(stripeCustomerId)) {
      if (id === exceptId || !(await this.livePlans.hasPlan(lines?.data ?? [], group))) continue;
      const subscription = await this.sessions.expire(id);
      if (subscription !== null) completed.push(subscription);
    }
    return completed;
  }

  private findForbidding(manager: EntityManager, customerId: number, planGroup: string): Promise<boolean> {
    const forbidding = LIVE_STATUSES.filter((status) => status !== 'incomplete');
    return manager.existsBy(Subscription, {
      customerId,
      status: In(forbidding),
      duplicateOfId: IsNull(),
      planGroup,
    });
  }
}
