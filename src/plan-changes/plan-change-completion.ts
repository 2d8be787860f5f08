import { Injectable, Logger } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation, subjectOf } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { cardDeclined } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';
import { makeDefault } from '../operations/card-operation.js';
import { InvoicePaymentGateway } from '../subscriptions/collection/invoice-payment.gateway.js';
import { type InvoicePaymentState } from '../subscriptions/collection/invoice-payment.mapper.js';
import {
  type BeforeChange,
  type ChangeRequest,
  hasItems,
  isMade,
  isSameRequest,
  newCardOf,
} from './plan-change-outcome.js';
import { isDefinite, reasonOf } from '../operations/refusal.js';
import { type ScheduledState, scheduledStateOf } from '../subscriptions/schedules/subscription-schedule.mapper.js';
import { PlanSchedules } from '../subscriptions/schedules/plan-schedules.js';
import { NO_ACTION, type RequiredAction } from '../subscriptions/collection/required-action.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { stripeIdOf } from '../subscriptions/subscription-rules.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { SubscriptionReader } from '../subscriptions/subscription.reader.js';

/** What Stripe takes for 'no payment method of its own': the customer's default pays. */
const THE_DEFAULT = '';

/** Reads what Stripe made of a change of plan and finishes its operation; undoes what belongs to a change that failed. */
@Injectable()
export class PlanChangeCompletion {
  private readonly logger = new Logger(PlanChangeCompletion.name);

  constructor(
    private readonly reader: SubscriptionReader,
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly schedules: PlanSchedules,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly audit: AuditLog,
  ) {}

  async noteBefore(row: Subscription): Promise<BeforeChange> {
    const { stripeScheduleId: id } = row;
    const schedule = await this.reader.findSchedule(row);
    const scheduled = scheduledStateOf(schedule);
    const price = scheduled?.price ?? null;
    return {
      schedule_id: id,
      scheduled_price: price,
      scheduled_quantity: scheduled?.quantity ?? null,
      scheduled_add_ons: scheduled?.addOns ?? null,
      foreign_phases: id === null || price === null ? null : await this.schedules.foreignPhases(id),
      own_payment_method: row.stripeDefaultPaymentMethodId,
    };
  }

  /**
   * Finishes an earlier try of the same change whose answer was lost.
   * @param cards the card that is asked for, as it may have been written down
   * @returns what the customer still has to do; null when no earlier try reached Stripe
   * @throws BillingError card_declined; the invoice is void and the old plan stands then
   */
  async resume(
    row: Subscription,
    asked: ChangeRequest,
    cards: readonly (string | null)[],
  ): Promise<RequiredAction | null> {
    const stripeId = stripeIdOf(row);
    const kind = 'subscription.change_plan' as const;
    const operation = await this.operations.resume(
      { customerId: row.customerId, kind, subjectStripeId: stripeId },
      ({ request }) => isSameRequest(request, asked) && cards.some((card) => card === request.payment_method),
    );
    if (operation === null) return null;
    try {
      const { object } = await this.gateway.retrieve(stripeId);
      if (object === null || !isMade(object, operation.request)) return null;
      try {
        return await this.actionOf(object);
      } finally {
        await this.operations.orLeaveOpen(operation, () => this.recover(operation));
      }
    } finally {
      await this.operations.release(operation);
    }
  }

  /** @throws BillingError card_declined; the invoice is void and the old plan stands then */
  async finish(
    operation: StripeOperation,
    subscription: StripeSubscription,
    later: ScheduledState | null,
  ): Promise<RequiredAction> {
    const action = await this.actionOf(subscription);
    // While the payment waits, Stripe takes no schedule: the projection sees to it once the change is paid.
    if (later !== null && !action.requires_action) await this.scheduleLater(operation, subscription.id, later);
    await this.close(operation, subscription.id);
    return action;
  }

  /**
   * Puts back what the change had put aside, as far as Stripe lets us: a card that was detached meanwhile gives way to the
   * customer's default. `newCard` is a card that the change attached.
   */
  async restore(stripeId: string, before: BeforeChange, newCard: string | null): Promise<void> {
    const { own_payment_method: own, scheduled_price: price, foreign_phases: phases } = before;
    const pay = (card: string) =>
      this.commands.perform(stripeId, () => this.gateway.setDefaultPaymentMethod(stripeId, card));
    const paid = await this.unlessRefused(stripeId, () => pay(own ?? THE_DEFAULT));
    if (!paid && own !== null) await this.unlessRefused(stripeId, () => pay(THE_DEFAULT));
    if (newCard !== null) await this.paymentMethods.detach(newCard);
    if (price === null) return;
    await this.unlessRefused(stripeId, () =>
      phases === null || phases === undefined
        ? this.schedules.schedulePlan(stripeId, null, {
            price,
            quantity: before.scheduled_quantity ?? null,
            addOns: before.scheduled_add_ons ?? null,
          })
        : this.schedules.restoreForeign(stripeId, phases),
    );
  }

  /** Finishes an operation whose process died, by comparing what Stripe has with what was asked. */
  async recover(operation: StripeOperation): Promise<void> {
    const stripeId = subjectOf(operation);
    const { object } = await this.gateway.retrieve(stripeId);
    await this.commands.refresh(stripeId);
    if (object !== null && hasItems(object.items, operation.request)) return this.finishRecovered(operation, object);
    const before = operation.steps.before as BeforeChange | undefined;
    if (object !== null && object.pending_update !== null) {
      if ((await this.paymentOf(object)).decline === null) return this.close(operation, stripeId);
      await this.drop(object);
    }
    if (object !== null && object.ended_at === null && before !== undefined) {
      const scheduled = object.schedule === null ? before.scheduled_price : null;
      await this.restore(stripeId, { ...before, scheduled_price: scheduled }, null);
      await this.paymentMethods.detachNew(newCardOf(operation, before, object));
    }
    await this.operations.expire(operation, 'not_found_at_stripe');
  }

  /** The change took effect; what is to follow it is yet to be scheduled, and its card to become the default. */
  private async finishRecovered(
    operation: StripeOperation,
    { id: stripeId, schedule }: StripeSubscription,
  ): Promise<void> {
    const { state } = (operation.steps.later ?? {}) as { state?: ScheduledState };
    if (state !== undefined && schedule === null) await this.scheduleLater(operation, stripeId, state);
    const hasCard = typeof operation.request.payment_method === 'string';
    await this.transactions.run(async (manager) => {
      if (hasCard) await this.operations.enqueue(manager, makeDefault(operation.customerId, stripeId), 'again');
      await this.operations.close(manager, operation, { state: 'done', resultStripeId: stripeId });
      await this.note(manager, operation, stripeId);
    });
  }

  /** What follows the change at the end of the period: the phases of somebody else's schedule as they were, or ours. */
  private async scheduleLater(operation: StripeOperation, stripeId: string, state: ScheduledState): Promise<void> {
    const { foreign_phases: phases } = (operation.steps.before ?? {}) as Partial<BeforeChange>;
    await this.unlessRefused(stripeId, () =>
      phases === null || phases === undefined
        ? this.schedules.schedulePlan(stripeId, null, state)
        : this.schedules.restoreForeign(stripeId, phases),
    );
  }

  /** False when Stripe said no for good: retried, it would say the same, and the change would never be finished. */
  private async unlessRefused(stripeId: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isDefinite(error)) throw error;
      const facts = { stripe_subscription_id: stripeId, reason: reasonOf(error) };
      this.logger.warn(facts, 'What a change of plan had put aside could not be put back');
      return false;
    }
  }

  /** @throws BillingError card_declined; the invoice is void and the old plan stands then */
  private async actionOf(subscription: StripeSubscription): Promise<RequiredAction> {
    if (subscription.pending_update === null) return NO_ACTION;
    const { decline, clientSecret, paymentUrl } = await this.paymentOf(subscription);
    if (decline === null) return { requires_action: true, client_secret: clientSecret, payment_url: paymentUrl };
    await this.drop(subscription);
    throw cardDeclined(decline, decline.message);
  }

  /** The payment that a pending update waits for. */
  private async paymentOf({ id, latest_invoice: latest }: StripeSubscription): Promise<InvoicePaymentState> {
    const invoiceId = idOf(latest);
    if (invoiceId === null) throw new Error(`${id} waits for a payment without an invoice`);
    return this.invoicePayments.find(invoiceId);
  }

  private async drop(subscription: StripeSubscription): Promise<void> {
    const contract = { stripeSubscriptionId: subscription.id, invoiceId: idOf(subscription.latest_invoice) };
    await this.commands.dropPendingUpdate(contract);
  }

  private async close(operation: StripeOperation, resultStripeId: string): Promise<void> {
    await this.transactions.run(async (manager) => {
      await this.operations.close(manager, operation, { state: 'done', resultStripeId });
      await this.note(manager, operation, resultStripeId);
    });
  }

  private note(manager: EntityManager, { customerId, request }: StripeOperation, stripeId: string): Promise<void> {
    return this.audit.write(manager, {
      action: 'subscription.changed',
      object: { type: 'subscription', id: stripeId },
      of: { customerId },
      after: { price: request.price },
    });
  }
}
