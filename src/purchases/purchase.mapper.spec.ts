import { describe, expect, it } from '@jest/globals';
import { type NewSubscription, toCreateParams } from './purchase.mapper.js';

const WANTED: NewSubscription = {
  customer: 'cus_1',
  lines: [{ price: 'price_pro', quantity: 1 }],
  currency: 'eur',
  hasCard: true,
  metadata: { user_id: '5', operation_key: 'key-1', intent_key: 'key-1' },
};

describe("Stripe's parameters of a purchase", () => {
  it('try the first payment at once where there is a card, so that the answer tells whether it was declined', () => {
    expect(toCreateParams({ ...WANTED, paymentMethodId: 'pm_1' })).toEqual({
      customer: 'cus_1',
      items: [{ price: 'price_pro', quantity: 1 }],
      currency: 'eur',
      billing_mode: { type: 'flexible' },
      payment_behavior: 'allow_incomplete',
      payment_settings: { save_default_payment_method: 'on_subscription' },
      default_payment_method: 'pm_1',
      metadata: { user_id: '5', operation_key: 'key-1', intent_key: 'key-1' },
      expand: ['discounts', 'pending_setup_intent'],
    });
  });

  it("name no card where the customer's default pays", () => {
    expect(toCreateParams(WANTED)).not.toHaveProperty('default_payment_method');
  });

  it('have the subscription wait as incomplete without a card', () => {
    expect(toCreateParams({ ...WANTED, hasCard: false })).toMatchObject({ payment_behavior: 'default_incomplete' });
  });

  it('begin a trial that is cancelled at its end without a card, as decisions.md has it', () => {
    expect(toCreateParams({ ...WANTED, trialDays: 14 })).toMatchObject({
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    });
    expect(toCreateParams(WANTED)).not.toHaveProperty('trial_period_days');
    expect(toCreateParams(WANTED)).not.toHaveProperty('trial_settings');
  });

  it('carry the discount', () => {
    expect(toCreateParams({ ...WANTED, discounts: [{ promotion_code: 'promo_1' }] })).toMatchObject({
      discounts: [{ promotion_code: 'promo_1' }],
    });
    expect(toCreateParams(WANTED)).not.toHaveProperty('discounts');
  });
});
