import { describe, expect, it } from '@jest/globals';
import { Customer } from '../customers/customer.entity.js';
import { hashOf } from '../operations/operation-request.js';
import { StripeOperation } from '../operations/stripe-operation.entity.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { type PurchaseOrder } from './purchase-order.js';
import { isPaidByDefault, isSamePurchase, purchaseOperationOf } from './purchase-rules.js';

const CUSTOMER = Object.assign(new Customer(), {
  id: 7,
  userId: 5,
  stripeCustomerId: 'cus_1',
  defaultStripePaymentMethodId: null,
});

function order(changes: Partial<PurchaseOrder> = {}): PurchaseOrder {
  return {
    customer: CUSTOMER,
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
}

/** The first payment of `order()` as it is mirrored while it waits. */
function waiting(changes: Partial<Subscription> = {}): Subscription {
  const values = {
    status: 'incomplete',
    stripePriceId: 'price_pro',
    currency: 'usd',
    stripeDefaultPaymentMethodId: 'pm_1',
    stripeCouponId: null,
    quantity: 1,
    addOns: null,
  };
  return Object.assign(new Subscription(), values, changes);
}

const askedFor = (asked: PurchaseOrder) =>
  Object.assign(new StripeOperation(), { request: purchaseOperationOf(asked).request });
const COUPON = { coupon: 'SAVE20' };
const CARD = { stripeId: 'pm_1', attached: true };

describe('isSamePurchase', () => {
  it('is true for the same plan, with the same card or none named', () => {
    expect(isSamePurchase(waiting(), askedFor(order()), order())).toBe(true);
    expect(isSamePurchase(waiting(), askedFor(order()), order({ paymentMethod: CARD }))).toBe(true);
  });

  it.each([
    ['another plan', { lines: [{ price: 'price_starter', quantity: 1 }] }],
    ['more seats', { lines: [{ price: 'price_pro', quantity: 2 }] }],
    [
      'an add-on',
      {
        lines: [
          { price: 'price_pro', quantity: 1 },
          { price: 'price_support', quantity: 1 },
        ],
      },
    ],
    ['another card', { paymentMethod: { stripeId: 'pm_2', attached: true } }],
    ['a trial, which an unfinished payment has not', { trialDays: 14 }],
    ['a discount', { discount: COUPON }],
  ])('is false for %s', (_name, changes) => {
    expect(isSamePurchase(waiting(), askedFor(order()), order(changes))).toBe(false);
  });

  it.each(['active', 'trialing', 'past_due', 'canceled'] as const)('is false once it is %s', (status) => {
    expect(isSamePurchase(waiting({ status }), askedFor(order()), order())).toBe(false);
  });

  it('compares discounts by what was asked: a coupon for one invoice is gone from the subscription already', () => {
    const discounted = order({ discount: COUPON });
    expect(isSamePurchase(waiting({ stripeCouponId: null }), askedFor(discounted), discounted)).toBe(true);
    expect(isSamePurchase(waiting(), askedFor(discounted), order())).toBe(false);
    expect(isSamePurchase(waiting(), askedFor(discounted), order({ discount: { promotion_code: 'promo_1' } }))).toBe(
      false,
    );
  });

  it('takes one that no operation of ours made only where neither side has a discount', () => {
    expect(isSamePurchase(waiting(), null, order())).toBe(true);
    expect(isSamePurchase(waiting({ stripeCouponId: 'SAVE20' }), null, order())).toBe(false);
    expect(isSamePurchase(waiting(), null, order({ discount: COUPON }))).toBe(false);
  });
});

describe('what is written down of a purchase', () => {
  it('names everything that the caller chose, and nothing else', () => {
    const chosen = order({ trialDays: 14, discount: COUPON, paymentMethod: CARD });
    expect(purchaseOperationOf(chosen)).toEqual({
      customerId: 7,
      kind: 'subscription.create',
      request: { price: 'price_pro', trial_days: 14, discount: '{"coupon":"SAVE20"}', payment_method: 'pm_1' },
    });
  });

  it('has null for what the caller did not choose', () => {
    expect(purchaseOperationOf(order()).request).toEqual({
      price: 'price_pro',
      trial_days: null,
      discount: null,
      payment_method: null,
    });
  });

  it.each([
    ['price', { lines: [{ price: 'price_starter', quantity: 1 }] }],
    ['quantity', { lines: [{ price: 'price_pro', quantity: 2 }] }],
    ['trial', { trialDays: 7 }],
    ['discount', { discount: COUPON }],
    ['card', { paymentMethod: CARD }],
  ])('is another request with another %s', (_name, changes) => {
    expect(hashOf(purchaseOperationOf(order(changes)))).not.toBe(hashOf(purchaseOperationOf(order())));
    expect(hashOf(purchaseOperationOf(order(changes)))).toBe(hashOf(purchaseOperationOf(order(changes))));
  });
});

describe('isPaidByDefault', () => {
  const withDefault = Object.assign(new Customer(), CUSTOMER, { defaultStripePaymentMethodId: 'pm_9' });

  it('is true only where the order names no card and the customer has a default', () => {
    expect(isPaidByDefault(order({ customer: withDefault }))).toBe(true);
    expect(isPaidByDefault(order({ customer: withDefault, paymentMethod: CARD }))).toBe(false);
    expect(isPaidByDefault(order())).toBe(false);
  });
});
