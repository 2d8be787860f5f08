import { Injectable } from '@nestjs/common';
import { Intents } from '../operations/operations.js';
import { type StripeIntent } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { idOf } from '../stripe/values.js';
import { makeDefault } from '../subscriptions/card-operation.js';
import { hasMirroredResult } from './mirrored-result.js';
import { InvoicePaymentGateway } from '../subscriptions/invoice-payment.gateway.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { SubscriptionProjection } from '../subscriptions/subscription.projection.js';

/** Closes purchases whose process died, from what Stripe has. Nothing is ever sent a second time. */
@Injectable()
export class PurchaseRecovery {
  constructor(
    private readonly gateway: SubscriptionGateway,
    private readonly projection: SubscriptionProjection,
    private readonly commands: SubscriptionCommands,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly intents: Intents,
  ) {}

  /** Found: mirrored, or ended where its payment was declined. Not found: expired, and its new card goes. */
  async recover(intent: StripeIntent): Promise<void> {
    const made = await this.findMade(intent);
    if (made === null) {
      await this.intents.expireUnless(intent, 'not_found_at_stripe', hasMirroredResult);
      await this.paymentMethods.detachNew(intent.steps.attach?.payment_method);
    } else if (await this.endIfDeclined(made)) {
      if (intent.steps.attach !== undefined) await this.paymentMethods.detachNew(idOf(made.default_payment_method));
      await this.intents.fail(intent, 'card_declined');
    } else {
      await this.finish(intent, made);
    }
  }

  private async findMade(intent: StripeIntent): Promise<StripeSubscription | null> {
    const customer = intent.steps.subscription?.customer;
    if (typeof customer !== 'string') return null;
    return this.gateway.findByIntent(customer, intent.key, Intents.earliestResult(intent));
  }

  private async endIfDeclined({ id, status, latest_invoice: invoice }: StripeSubscription): Promise<boolean> {
    const invoiceId = idOf(invoice);
    if (status !== 'incomplete' || invoiceId === null) return false;
    const { decline } = await this.invoicePayments.find(invoiceId);
    if (decline === null) return false;
    await this.commands.discardIncomplete({ stripeSubscriptionId: id, invoiceId });
    return true;
  }

  private async finish(intent: StripeIntent, { id, status }: StripeSubscription): Promise<void> {
    const hasNewCard = typeof intent.request.payment_method === 'string' && status !== 'incomplete';
    await this.projection.refresh(id, async (manager) => {
      if (hasNewCard) await this.intents.enqueue(manager, makeDefault(intent.customerId, id), 'again');
      await this.intents.close(manager, intent, { state: 'done', resultStripeId: id });
    });
  }
}
