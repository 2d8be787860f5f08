import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { toLiveSubscriptions } from './live-subscription.mapper.js';

function subscription(changes: object = {}, unitAmount: number | null = 7900): Stripe.Subscription {
  return {
    id: 'sub_1',
    object: 'subscription',
    status: 'active',
    collection_method: 'charge_automatically',
    items: { data: [{ id: 'si_1', price: { id: 'price_1', unit_amount: unitAmount } }] },
    cancel_at: null,
    cancel_at_period_end: false,
    default_payment_method: null,
    ...changes,
  } as unknown as Stripe.Subscription;
}

const needsPaymentMethod = (changes: object = {}, unitAmount?: number | null) =>
  toLiveSubscriptions([subscription(changes, unitAmount)])[0]?.needsPaymentMethod;

describe('the live subscriptions of a customer whose card changes', () => {
  it('leave out what has ended, and nothing else', () => {
    const statuses = ['active', 'canceled', 'incomplete_expired', 'paused', 'a_status_of_next_year'];
    const live = toLiveSubscriptions(statuses.map((status) => subscription({ id: status, status })));
    expect(live.map(({ id }) => id)).toEqual(['active', 'paused', 'a_status_of_next_year']);
  });

  it('tell the payment method of their own, which goes before the default', () => {
    const own = toLiveSubscriptions([
      subscription({ default_payment_method: 'pm_1' }),
      subscription({ default_payment_method: { id: 'pm_2' } }),
      subscription(),
    ]);
    expect(own.map(({ defaultPaymentMethodId }) => defaultPaymentMethodId)).toEqual(['pm_1', 'pm_2', null]);
  });

  it('need none where the customer pays by invoice, whatever is owed', () => {
    for (const status of ['active', 'past_due', 'unpaid'])
      expect(needsPaymentMethod({ status, collection_method: 'send_invoice' })).toBe(false);
  });

  it.each(['active', 'trialing', 'paused'])('need a payment method when they are %s and will cost money', (status) => {
    expect(needsPaymentMethod({ status })).toBe(true);
  });

  it('need none when they cost nothing, and one where the amount is not known beforehand', () => {
    expect(needsPaymentMethod({}, 0)).toBe(false);
    expect(needsPaymentMethod({}, null)).toBe(true);
  });

  it.each([{ cancel_at_period_end: true }, { cancel_at: 1_797_933_600 }, { status: 'incomplete' }])(
    'need none when nothing more will be collected: %j',
    (changes) => {
      expect(needsPaymentMethod(changes)).toBe(false);
    },
  );

  it.each(['past_due', 'unpaid'])('need one while money is owed, also when they are %s and about to end', (status) => {
    expect(needsPaymentMethod({ status, cancel_at_period_end: true }, 0)).toBe(true);
  });
});
