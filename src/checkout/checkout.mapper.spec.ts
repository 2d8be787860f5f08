import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Customer } from '../customers/customer.entity.js';
import { type PurchaseOrder } from '../purchases/purchase-order.js';
import { fulfilledSubscriptionOf, toCheckoutSessionDto, toSessionParams } from './checkout.mapper.js';

const METADATA = {
  user_id: '5',
  billing_instance: 'instance-1',
  billing_payer: 'user:ada',
  tier: 'professional',
  interval: 'month',
  operation_key: 'key-1',
  intent_key: 'key-1',
};

function paramsOf(changes: Partial<PurchaseOrder> = {}): Stripe.Checkout.SessionCreateParams {
  const customer = Object.assign(new Customer(), {
    id: 7,
    userId: 5,
    stripeCustomerId: 'cus_1',
    defaultStripePaymentMethodId: null,
  });
  const order: PurchaseOrder = {
    customer,
    payer: { user_id: '5', billing_instance: 'instance-1', billing_payer: 'user:ada' },
    metadata: {},
    plan: { tier: 'professional', interval: 'month', intervalCount: 1 },
    group: 'main',
    lines: [{ price: 'price_pro', quantity: 1 }],
    currency: 'usd',
    catalogueCurrency: 'usd',
    trialDays: null,
    discount: null,
    paymentMethod: null,
    ...changes,
  };
  return toSessionParams(order, 'key-1', 'https://app.example');
}

function session(changes: object = {}): Stripe.Checkout.Session {
  return {
    id: 'cs_test_1',
    object: 'checkout.session',
    status: 'open',
    payment_status: 'unpaid',
    url: 'https://checkout.example/cs_test_1',
    expires_at: 1_795_428_000,
    subscription: null,
    ...changes,
  } as unknown as Stripe.Checkout.Session;
}

describe("Stripe's parameters of a Checkout session", () => {
  it('are the purchase, and a way back to the frontend', () => {
    expect(paramsOf()).toEqual({
      mode: 'subscription',
      customer: 'cus_1',
      client_reference_id: '5',
      currency: 'usd',
      line_items: [{ price: 'price_pro', quantity: 1 }],
      payment_method_collection: 'always',
      success_url: 'https://app.example/billing?session_id={CHECKOUT_SESSION_ID}',
      cancel_url: 'https://app.example/billing',
      subscription_data: { billing_mode: { type: 'flexible' }, metadata: METADATA },
      metadata: METADATA,
    });
  });

  it('leave the choice of payment methods to Stripe: payment_method_types cannot be written any more', () => {
    expect(paramsOf()).not.toHaveProperty('payment_method_types');
  });

  it('begin a trial that is cancelled at its end without a card', () => {
    expect(paramsOf({ trialDays: 14 }).subscription_data).toMatchObject({
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    });
    expect(paramsOf().subscription_data).not.toHaveProperty('trial_period_days');
  });

  it('carry the discount', () => {
    expect(paramsOf({ discount: { coupon: 'SAVE20' } }).discounts).toEqual([{ coupon: 'SAVE20' }]);
    expect(paramsOf()).not.toHaveProperty('discounts');
  });
});

describe('session → answer', () => {
  it('is the page, and until when it is there in seconds, as Stripe has it', () => {
    expect(toCheckoutSessionDto(session())).toEqual({
      id: 'cs_test_1',
      url: 'https://checkout.example/cs_test_1',
      expires_at: 1_795_428_000,
    });
  });

  it.each([
    { status: 'complete', url: null },
    { status: 'expired', url: null },
    { status: 'open', url: null },
  ])('is a conflict for one whose page is closed: %j', (changes) => {
    expect(() => toCheckoutSessionDto(session(changes))).toThrow(expect.objectContaining({ code: 'conflict' }));
  });
});

describe('fulfilledSubscriptionOf', () => {
  it.each(['paid', 'no_payment_required'])(
    'is the subscription of a completed session that is %s',
    (payment_status) => {
      const done = { status: 'complete', payment_status, subscription: 'sub_1' };
      expect(fulfilledSubscriptionOf(session(done))).toBe('sub_1');
      expect(fulfilledSubscriptionOf(session({ ...done, subscription: { id: 'sub_1' } }))).toBe('sub_1');
    },
  );

  it('is none while a slow payment is under way: the session is complete and unpaid', () => {
    const waiting = session({ status: 'complete', payment_status: 'unpaid', subscription: 'sub_1' });
    expect(fulfilledSubscriptionOf(waiting)).toBeNull();
  });

  it('is none of an open session', () => {
    expect(fulfilledSubscriptionOf(session({ payment_status: 'paid', subscription: 'sub_1' }))).toBeNull();
  });
});
