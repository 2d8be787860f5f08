import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { toPaymentMethodColumns, toPaymentMethodType } from './payment-method.mapper.js';

const CARD = {
  id: 'pm_1',
  object: 'payment_method',
  type: 'card',
  billing_details: {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    phone: '+44 20 7946 0000',
    address: { line1: "12 St James's Square", city: 'London', country: 'GB', postal_code: 'SW1Y 4JH' },
  },
  card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030, fingerprint: 'abc' },
  metadata: { note: 'x' },
} as unknown as Stripe.PaymentMethod;

describe('payment method mapper', () => {
  it.each([
    ['card', 'card'],
    ['us_bank_account', 'bank_account'],
    ['sepa_debit', 'bank_account'],
    ['bacs_debit', 'bank_account'],
    ['au_becs_debit', 'bank_account'],
    ['acss_debit', 'bank_account'],
    ['link', 'other'],
    ['paypal', 'other'],
    ['a_type_of_next_year', 'other'],
  ])('takes %s for %s', (stripeType, type) => {
    expect(toPaymentMethodType(stripeType)).toBe(type);
  });

  it('keeps the card', () => {
    expect(toPaymentMethodColumns(CARD, 7, null)).toEqual({
      customerId: 7,
      stripePaymentMethodId: 'pm_1',
      type: 'card',
      cardBrand: 'visa',
      cardLast4: '4242',
      cardExpMonth: 12,
      cardExpYear: 2030,
      cardFingerprint: 'abc',
      billingDetails: { country: 'GB', postal_code: 'SW1Y 4JH' },
      detachedAt: null,
      metadata: { note: 'x' },
    });
  });

  it('keeps neither name, e-mail, phone nor street', () => {
    expect(JSON.stringify(toPaymentMethodColumns(CARD, 7, null))).not.toMatch(/Ada|example|7946|Square|London/);
  });

  it.each([null, undefined])('maps a payment method whose card is %s', (card) => {
    const link = {
      ...CARD,
      type: 'link',
      card,
      billing_details: null,
      metadata: null,
    } as unknown as Stripe.PaymentMethod;
    expect(toPaymentMethodColumns(link, 7, null)).toMatchObject({
      type: 'other',
      cardBrand: null,
      cardLast4: null,
      cardExpMonth: null,
      cardExpYear: null,
      cardFingerprint: null,
      billingDetails: { country: null, postal_code: null },
      metadata: {},
    });
  });

  it('leaves the default to the customer while attached, and takes it from a detached one', () => {
    const detachedAt = new Date('2026-11-22T10:00:00Z');
    expect(toPaymentMethodColumns(CARD, 7, null)).not.toHaveProperty('isDefault');
    expect(toPaymentMethodColumns(CARD, 7, detachedAt)).toMatchObject({ detachedAt, isDefault: false });
  });
});
