import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { hadWaited, toReplacement } from './pending-items.mapper.js';

function item(changes: object = {}): Stripe.InvoiceItem {
  return {
    id: 'ii_1',
    customer: 'cus_1',
    amount: 4_000,
    currency: 'usd',
    date: 100,
    description: 'Data migration',
    discountable: true,
    discounts: [],
    invoice: { id: 'in_1', created: 1_000 },
    metadata: { ticket: '77' },
    parent: null,
    period: { start: 50, end: 60 },
    proration: false,
    tax_rates: [],
    ...changes,
  } as unknown as Stripe.InvoiceItem;
}

describe('hadWaited', () => {
  it('is true for what somebody put on the next invoice, also in the second in which it was made', () => {
    expect(hadWaited(item({ date: 1_000 }))).toBe(true);
  });

  it('is true for a proration of an earlier change, false for those of the change itself', () => {
    expect(hadWaited(item({ proration: true, date: 900 }))).toBe(true);
    expect(hadWaited(item({ proration: true, date: 1_000 }))).toBe(false);
    expect(hadWaited(item({ proration: true, date: 999 }))).toBe(false);
  });
});

describe('toReplacement', () => {
  it('bills the same amount for the same period, with the same tax, coupon and metadata', () => {
    const source = item({
      discounts: [{ id: 'di_1', object: 'discount', source: { type: 'coupon', coupon: 'TEN' } }],
      tax_rates: [{ id: 'txr_1' }],
      parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1' } },
    });
    expect(toReplacement(source)).toEqual({
      customer: 'cus_1',
      amount: 4_000,
      currency: 'usd',
      description: 'Data migration',
      discountable: true,
      discounts: [{ coupon: 'TEN' }],
      metadata: { ticket: '77', stands_for_item: 'ii_1' },
      period: { start: 50, end: 60 },
      subscription: 'sub_1',
      tax_rates: ['txr_1'],
    });
  });

  it('leaves out what the item does not have', () => {
    expect(Object.keys(toReplacement(item({ description: null }))).sort()).toEqual([
      'amount',
      'currency',
      'customer',
      'discountable',
      'metadata',
      'period',
    ]);
  });
});
