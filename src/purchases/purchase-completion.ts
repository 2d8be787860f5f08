import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { cardDeclined } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';
import { InvoicePaymentGateway } from '../subscriptions/collection/invoice-payment.gateway.js';
import { type PurchaseOrder } from './purchase-order.js';
import { isSamePurchase } from './purchase-rules.js';
import { type RequiredAction, RequiredActions } from '../subscriptions/collection/required-action.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { type StripeSubscription } from '../subscriptions/subscription.gateway.js';
import { SubscriptionProjection } from '../subscriptions/subscription.projection.js';
import { SubscriptionReader } from '../subscriptions/subscription.reader.js';
import { operationKeyOf } from '../operations/operation-metadata.js';

/** A subscription that was bought, and what its customer still has to do. */
export interface Bought {
  row: Subscription;
  action: RequiredAction;
}

/** Reads what Stripe made of a purchase, mirrors it and finishes its operation. */
@Injectable()
export class PurchaseCompletion {
  constructor(
    private readonly projection: SubscriptionProjection,
    private readonly commands: SubscriptionCommands,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly reader: SubscriptionReader,
    private readonly operations: Operations,
    private readonly actions: RequiredActions,
    private readonly audit: AuditLog,
  ) {}

  /** The unfinished purchase of the same plan and card, if there is one: it is resumed instead of made again. */
  async resume(order: PurchaseOrder): Promise<Bought | null> {
    const live = await this.reader.findLive(order.customer.id, order.group);
    if (live === null || live.stripeSubscriptionId === null) return null;
    const asked = await this.operations.find(operationKeyOf(live.metadata));
    // While its operation is open it is not known yet whether it was declined.
    if (asked?.state === 'open' || !isSamePurchase(live, asked, order)) return null;
    const row = await this.commands.refresh(live.stripeSubscriptionId);
    return row?.status === 'incomplete' ? { row, action: await this.actions.read(row) } : null;
  }

  /**
   * Mirrors a new subscription and finishes its operation, or cancels it when its first payment was declined.
   * @param hasCard whether there was a card to charge
   * @throws BillingError card_declined; nothing is left at Stripe then
   */
  async finish(
    operation: StripeOperation,
    answer: StripeAnswer<StripeSubscription>,
    hasCard: boolean,
  ): Promise<Bought> {
    const { object: subscription } = answer;
    const invoiceId = idOf(subscription.latest_invoice);
    if (hasCard && subscription.status === 'incomplete' && invoiceId !== null)
      await this.endIfDeclined(subscription.id, invoiceId);
    const { row } = await this.projection.applyAnswer({ stripeId: null, version: null }, answer, async (manager) => {
      await this.operations.close(manager, operation, { state: 'done', resultStripeId: subscription.id });
      await this.audit.write(manager, {
        action: 'subscription.created',
        object: { type: 'subscription', id: subscription.id },
        of: { customerId: operation.customerId },
        after: { status: subscription.status, price: operation.request.price },
      });
    });
    const action = await this.actions.of(subscription);
    return { row: row ?? (await this.reader.getByStripeId(subscription.id)), action };
  }

  private async endIfDeclined(stripeSubscriptionId: string, invoiceId: string): Promise<void> {
    const { decline } = await this.invoicePayments.find(invoiceId);
    if (decline === null) return;
    await this.commands.discardIncomplete({ stripeSubscriptionId, invoiceId });
    throw cardDeclined(decline, decline.message);
  }
}
