import { Injectable } from '@nestjs/common';
import { idOf } from '../../stripe/values.js';
import { InvoicePaymentGateway } from './invoice-payment.gateway.js';
import { type Subscription } from '../subscription.entity.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscription.gateway.js';

/** What the customer still has to do before a payment or a card is good. */
export interface RequiredAction {
  requires_action: boolean;
  client_secret: string | null;
  payment_url: string | null;
}

export const NO_ACTION: RequiredAction = { requires_action: false, client_secret: null, payment_url: null };

/** Finds out what a customer still has to do. */
@Injectable()
export class RequiredActions {
  constructor(
    private readonly gateway: SubscriptionGateway,
    private readonly invoicePayments: InvoicePaymentGateway,
  ) {}

  /** What the customer still has to do for a subscription, read from Stripe. */
  async read(row: Subscription): Promise<RequiredAction> {
    if (row.stripeSubscriptionId === null) return NO_ACTION;
    const { object } = await this.gateway.retrieve(row.stripeSubscriptionId);
    return object === null ? NO_ACTION : this.of(object);
  }

  /** What the customer still has to do before a subscription is resumed, read from Stripe. */
  async readResumption(row: Subscription): Promise<RequiredAction> {
    const stripeId = row.stripeSubscriptionId;
    const object = stripeId === null ? null : (await this.gateway.retrieve(stripeId)).object;
    const invoiceId = object?.status === 'paused' ? idOf(object.latest_invoice) : null;
    return invoiceId === null ? NO_ACTION : this.ofInvoice(invoiceId);
  }

  private async ofInvoice(invoiceId: string): Promise<RequiredAction> {
    const { clientSecret, paymentUrl } = await this.invoicePayments.find(invoiceId);
    return { requires_action: clientSecret !== null, client_secret: clientSecret, payment_url: paymentUrl };
  }

  /** What the customer still has to do for a subscription as Stripe just returned it. */
  async of(subscription: StripeSubscription): Promise<RequiredAction> {
    const invoiceId = idOf(subscription.latest_invoice);
    if ((subscription.status === 'incomplete' || subscription.pending_update !== null) && invoiceId !== null)
      return this.ofInvoice(invoiceId);
    const setupIntentId = idOf(subscription.pending_setup_intent);
    if (setupIntentId === null) return NO_ACTION;
    const { clientSecret, status } = await this.invoicePayments.findSetupSecret(setupIntentId);
    return { requires_action: status === 'requires_action', client_secret: clientSecret, payment_url: null };
  }
}
