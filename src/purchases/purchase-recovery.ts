import { Injectable } from '@nestjs/common';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { idOf } from '../stripe/values.js';
import { makeDefault } from '../operations/card-operation.js';
import { hasMirroredResult } from './mirrored-result.js';
import { InvoicePaymentGateway } from '../subscriptions/collection/invoice-payment.gateway.js';
import { isLive, toSubscriptionStatus } from '../subscriptions/subscription-status.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { SubscriptionProjection } from '../subscriptions/subscription.projection.js';

/** Finishes purchases whose process died, from what Stripe has. Nothing is ever sent a second time. */
@Injectable()
export class PurchaseRecovery {
  constructor(
    private readonly gateway: SubscriptionGateway,
    private readonly projection: SubscriptionProjection,
    private readonly commands: SubscriptionCommands,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly operations: Operations,
  ) {}

  /** Found: mirrored, or ended where its payment was declined. Not found: expired, and its new card goes. */
  async recover(operation: StripeOperation): Promise<void> {
    const made = await this.findMade(operation);
    if (made === null) {
      await this.operations.expireUnless(operation, 'not_found_at_stripe', hasMirroredResult);
      await this.paymentMethods.detachNew(operation.steps.attach?.payment_method);
    } else if (await this.endIfDeclined(made)) {
      if (operation.steps.attach !== undefined) await this.paymentMethods.detachNew(idOf(made.default_payment_method));
      await this.operations.fail(operation, 'card_declined');
    } else {
      await this.finish(operation, made);
    }
  }

  private async findMade(operation: StripeOperation): Promise<StripeSubscription | null> {
    const customer = operation.steps.subscription?.customer;
    if (typeof customer !== 'string') return null;
    return this.gateway.findByOperation(customer, operation.key, Operations.earliestResult(operation));
  }

  /** One that ended with its first invoice void was declined, too, and its process died before the rest was done. */
  private async endIfDeclined({ id, status, latest_invoice: invoice }: StripeSubscription): Promise<boolean> {
    const invoiceId = idOf(invoice);
    const hasEnded = !isLive(toSubscriptionStatus(status));
    if (invoiceId === null || (status !== 'incomplete' && !hasEnded)) return false;
    const { decline, isVoid } = await this.invoicePayments.find(invoiceId);
    if (hasEnded) return isVoid;
    if (decline === null) return false;
    await this.commands.discardIncomplete({ stripeSubscriptionId: id, invoiceId });
    return true;
  }

  private async finish(operation: StripeOperation, { id, status }: StripeSubscription): Promise<void> {
    const hasNewCard = typeof operation.request.payment_method === 'string' && status !== 'incomplete';
    await this.projection.refresh(id, async (manager) => {
      if (hasNewCard) await this.operations.enqueue(manager, makeDefault(operation.customerId, id), 'again');
      await this.operations.close(manager, operation, { state: 'done', resultStripeId: id });
    });
  }
}
