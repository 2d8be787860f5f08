import { describe, expect, it } from '@jest/globals';
import { StripeOperation } from '../operations/stripe-operation.entity.js';
import { type StripeSubscription } from '../subscriptions/subscription.gateway.js';
import { isMade, newCardOf } from './plan-change-outcome.js';

function subscription(changes: object = {}): StripeSubscription {
  return {
    id: 'sub_1',
    items: { data: [{ id: 'si_1', price: { id: 'price_old' } }] },
    pending_update: null,
    default_payment_method: null,
    ...changes,
  } as unknown as StripeSubscription;
}

describe('isMade', () => {
  it('is true once Stripe has the new price, or keeps it back until it is paid', () => {
    expect(isMade(subscription({ items: { data: [{ price: { id: 'price_new' } }] } }), 'price_new')).toBe(true);
    expect(isMade(subscription({ pending_update: { expires_at: 1_795_341_600 } }), 'price_new')).toBe(true);
  });

  it('finds the new price on whichever item', () => {
    const data = [{ price: { id: 'price_add_on' } }, { price: { id: 'price_new' } }];
    expect(isMade(subscription({ items: { data } }), 'price_new')).toBe(true);
  });

  it('is false while the old plan stands, and without any item', () => {
    expect(isMade(subscription(), 'price_new')).toBe(false);
    expect(isMade(subscription({ items: { data: [] } }), 'price_new')).toBe(false);
  });
});

describe('newCardOf', () => {
  const BEFORE = { schedule_id: null, scheduled_price: null, own_payment_method: 'pm_old' };
  const attaching = Object.assign(new StripeOperation(), { steps: { attach: { payment_method: 'pm_card_visa' } } });

  it("is the subscription's own by now: what Stripe made of a test token has another id than the step", () => {
    expect(newCardOf(attaching, BEFORE, subscription({ default_payment_method: { id: 'pm_new' } }))).toBe('pm_new');
  });

  it('is what the step was to attach where the subscription still has the card that it had', () => {
    expect(newCardOf(attaching, BEFORE, subscription({ default_payment_method: 'pm_old' }))).toBe('pm_card_visa');
    expect(newCardOf(attaching, BEFORE, subscription())).toBe('pm_card_visa');
  });

  it('is none where the change attached none', () => {
    const bare = Object.assign(new StripeOperation(), { steps: {} });
    expect(newCardOf(bare, BEFORE, subscription({ default_payment_method: 'pm_new' }))).toBeNull();
  });
});
