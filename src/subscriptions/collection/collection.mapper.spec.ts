import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { hasCard, needsCard } from './collection.mapper.js';

const subscription = (changes: object = {}) =>
  ({
    status: 'active',
    collection_method: 'charge_automatically',
    trial_settings: null,
    default_payment_method: null,
    default_source: null,
    ...changes,
  }) as unknown as Stripe.Subscription;
const customer = (changes: object = {}) =>
  ({
    invoice_settings: { default_payment_method: null },
    default_source: null,
    ...changes,
  }) as unknown as Stripe.Customer;

describe('needsCard', () => {
  it('is true for a subscription that is charged by itself, false for one that is billed by invoice', () => {
    expect(needsCard(subscription())).toBe(true);
    expect(needsCard(subscription({ collection_method: 'send_invoice' }))).toBe(false);
  });

  it('is false in a trial that ends without a card, true in one that does not', () => {
    const trial = (behavior: string) => ({
      status: 'trialing',
      trial_settings: { end_behavior: { missing_payment_method: behavior } },
    });
    expect(needsCard(subscription(trial('cancel')))).toBe(false);
    expect(needsCard(subscription(trial('create_invoice')))).toBe(true);
  });
});

describe('hasCard', () => {
  it.each([
    ['a default of the customer', customer({ invoice_settings: { default_payment_method: 'pm_1' } }), subscription()],
    ['a source of the customer', customer({ default_source: 'card_1' }), subscription()],
    ['a card of its own', customer(), subscription({ default_payment_method: 'pm_1' })],
    ['a source of its own', customer(), subscription({ default_source: 'card_1' })],
  ])('is true with %s', (_name, payer, contract) => {
    expect(hasCard(payer, contract)).toBe(true);
  });

  it('is false without any', () => {
    expect(hasCard(customer(), subscription())).toBe(false);
  });
});
