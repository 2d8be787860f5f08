import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { type LiveSubscription, toLiveSubscriptions } from './live-subscription.mapper.js';

/** The Stripe calls about payment methods. */
@Injectable()
export class PaymentMethodGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The payment method; null when Stripe does not know it. */
  retrieve(id: string): Promise<StripeAnswer<Stripe.PaymentMethod | null>> {
    return this.stripe.readOrNull((stripe, options) => stripe.paymentMethods.retrieve(id, {}, options));
  }

  /** Attaches a payment method to a customer. The result may have another id: a test token becomes a new object. */
  attach(id: string, customerId: string, idempotencyKey: string): Promise<StripeAnswer<Stripe.PaymentMethod>> {
    return this.stripe.write(idempotencyKey, (stripe, options) =>
      stripe.paymentMethods.attach(id, { customer: customerId }, options),
    );
  }

  /** Detaches a payment method for good: Stripe never lets it be used again. */
  detach(id: string): Promise<StripeAnswer<Stripe.PaymentMethod>> {
    return this.stripe.writeRepeatable((stripe, options) => stripe.paymentMethods.detach(id, {}, options));
  }

  /** Removes name, e-mail, telephone and address of whom it belongs to. */
  blank(id: string): Promise<StripeAnswer<Stripe.PaymentMethod>> {
    const address = { line1: '', line2: '', city: '', state: '', postal_code: '', country: '' };
    const billing_details = { name: '', email: '', phone: '', address };
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.paymentMethods.update(id, { billing_details }, options),
    );
  }

  /** Begins to collect a payment method that may be charged without its owner being present. */
  createSetupIntent(customerId: string): Promise<StripeAnswer<Stripe.SetupIntent>> {
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.setupIntents.create({ customer: customerId, usage: 'off_session' }, options),
    );
  }

  async retrieveSetupIntent(id: string): Promise<Stripe.SetupIntent | null> {
    return (await this.stripe.readOrNull((stripe, options) => stripe.setupIntents.retrieve(id, {}, options))).object;
  }

  /** The customer's subscriptions that have not ended. */
  async listLiveSubscriptions(customerId: string): Promise<LiveSubscription[]> {
    const subscriptions = await this.stripe.listAll((stripe, page, options) =>
      stripe.subscriptions.list({ ...page, customer: customerId }, options),
    );
    return toLiveSubscriptions(subscriptions);
  }

  /** Lets the customer's default pay the subscription. */
  clearSubscriptionDefault(subscriptionId: string): Promise<StripeAnswer<Stripe.Subscription>> {
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.subscriptions.update(subscriptionId, { default_payment_method: '', expand: ['discounts'] }, options),
    );
  }
}
