import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';

/** What is needed to know of a subscription before a card of its customer changes. */
export interface LiveSubscription {
  /** `sub_…` */
  id: string;
  /** Payment method of its own, which goes before the customer's default. */
  defaultPaymentMethodId: string | null;
  /** True when Stripe will, or must still, collect money for it. */
  needsPaymentMethod: boolean;
}

const ENDED = new Set<string>(['canceled', 'incomplete_expired']);
/** Money is owed already, whether or not the subscription goes on. */
const OWING = new Set<string>(['past_due', 'unpaid']);

/** The Stripe calls about payment methods. */
@Injectable()
export class PaymentMethodGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The payment method; null when Stripe does not know it. */
  retrieve(id: string): Promise<StripeAnswer<Stripe.PaymentMethod | null>> {
    return this.stripe.readOrNull((stripe, options) => stripe.paymentMethods.retrieve(id, {}, options));
  }

  /** Attaches a payment method to a customer. The answer may have another id: a test token becomes a new object. */
  attach(id: string, customerId: string, idempotencyKey: string): Promise<StripeAnswer<Stripe.PaymentMethod>> {
    return this.stripe.write(idempotencyKey, (stripe, options) =>
      stripe.paymentMethods.attach(id, { customer: customerId }, options),
    );
  }

  /** Detaches a payment method for good: Stripe never lets it be used again. */
  detach(id: string): Promise<StripeAnswer<Stripe.PaymentMethod>> {
    return this.stripe.writeRepeatable((stripe, options) => stripe.paymentMethods.detach(id, {}, options));
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
    return subscriptions.filter(({ status }) => !ENDED.has(status)).map(toLiveSubscription);
  }

  /** Lets the customer's default pay the subscription. */
  clearSubscriptionDefault(subscriptionId: string): Promise<StripeAnswer<Stripe.Subscription>> {
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.subscriptions.update(subscriptionId, { default_payment_method: '' }, options),
    );
  }
}

function toLiveSubscription(subscription: Stripe.Subscription): LiveSubscription {
  const { id, status, items, cancel_at: cancelAt, cancel_at_period_end: cancelAtPeriodEnd } = subscription;
  const costsMoney = items.data.some((item) => item.price.unit_amount !== 0);
  const goesOn = status !== 'incomplete' && cancelAt === null && !cancelAtPeriodEnd;
  return {
    id,
    defaultPaymentMethodId: idOf(subscription.default_payment_method),
    needsPaymentMethod: OWING.has(status) || (costsMoney && goesOn),
  };
}
