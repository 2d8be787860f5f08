import { describe, expect, it } from '@jest/globals';
import { StripeOperation } from '../operations/stripe-operation.entity.js';
import { type StripeSubscription } from '../subscriptions/subscription.gateway.js';
import { hasItems, isMade, isSameRequest, newCardOf, requestOf } from './plan-change-outcome.js';

function subscription(changes: object = {}): StripeSubscription {
  return {
    id: 'sub_1',
    items: { data: [{ id: 'si_1', price: { id: 'price_old' } }] },
    pending_update: null,
    default_payment_method: null,
    ...changes,
  } as unknown as StripeSubscription;
}

const NEW = { price: 'price_new' };

describe('isMade', () => {
  it('is true once Stripe has the new price, or keeps it back until it is paid', () => {
    expect(isMade(subscription({ items: { data: [{ price: { id: 'price_new' } }] } }), NEW)).toBe(true);
    expect(isMade(subscription({ pending_update: { expires_at: 1_795_341_600 } }), NEW)).toBe(true);
  });

  it('finds the new price on whichever item', () => {
    const data = [{ price: { id: 'price_add_on' } }, { price: { id: 'price_new' } }];
    expect(isMade(subscription({ items: { data } }), NEW)).toBe(true);
  });

  it('is false while the old plan stands, and without any item', () => {
    expect(isMade(subscription(), NEW)).toBe(false);
    expect(isMade(subscription({ items: { data: [] } }), NEW)).toBe(false);
  });
});

describe('a change of seats or add-ons', () => {
  const SEATS = {
    price: 'price_plan',
    items: [
      ['price_plan', 1],
      ['price_seat', 5],
    ],
    gone: ['price_support'],
  };
  const items = (...data: [string, number][]) =>
    ({ data: data.map(([id, quantity]) => ({ price: { id }, quantity })) }) as unknown as StripeSubscription['items'];

  it('is made once all items are there, as many each, and what was to go is gone', () => {
    expect(hasItems(items(['price_seat', 5], ['price_plan', 1], ['price_other', 2]), SEATS)).toBe(true);
    expect(hasItems(items(['price_plan', 1], ['price_seat', 4]), SEATS)).toBe(false);
    expect(hasItems(items(['price_plan', 1], ['price_seat', 5], ['price_support', 1]), SEATS)).toBe(false);
  });

  it('is written down whole, a change of the plan alone as its price', () => {
    const plan = { item: { id: 'si_1', price: 'price_old', quantity: 3 }, price: 'price_new', quantity: 3 };
    const change = (lines: object[], removed: object[] = []) =>
      requestOf({ priceId: 'price_new', target: { lines, removed } } as unknown as Parameters<typeof requestOf>[0]);
    expect(change([plan])).toEqual({ price: 'price_new' });
    expect(change([{ ...plan, quantity: 4 }])).toEqual({ price: 'price_new', items: [['price_new', 4]], gone: [] });
    const support = { item: null, price: 'price_support', quantity: 1 };
    expect(change([plan, support], [{ id: 'si_2', price: 'price_storage' }])).toEqual({
      price: 'price_new',
      items: [
        ['price_new', 3],
        ['price_support', 1],
      ],
      gone: ['price_storage'],
    });
  });

  it('is the same where plan and items are', () => {
    const asked = { price: 'price_plan', items: SEATS.items };
    expect(isSameRequest(SEATS, asked)).toBe(true);
    expect(isSameRequest({ price: 'price_plan' }, asked)).toBe(true);
    expect(isSameRequest(SEATS, { ...asked, items: [['price_plan', 1]] })).toBe(false);
    expect(isSameRequest(SEATS, { ...asked, price: 'price_new' })).toBe(false);
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
