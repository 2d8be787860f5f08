import { describe, expect, it } from '@jest/globals';
import { toOldShape } from './old-shapes.js';

const item = {
  object: 'subscription_item',
  current_period_start: 1,
  current_period_end: 2,
  quantity: 3,
  plan: { id: 'price_1', object: 'plan' },
};
const discount = { id: 'di_1', object: 'discount', source: { type: 'coupon', coupon: 'SAVE' } };

describe('the shapes of the older API version', () => {
  it('a subscription carries its period, its plan and its discount', () => {
    const subscription = {
      object: 'subscription',
      billing_mode: { type: 'flexible' },
      discounts: [discount],
      items: { object: 'list', data: [item] },
    };
    expect(toOldShape(subscription)).toEqual({
      object: 'subscription',
      current_period_start: 1,
      current_period_end: 2,
      discount: { id: 'di_1', object: 'discount', coupon: 'SAVE' },
      discounts: [{ id: 'di_1', object: 'discount', coupon: 'SAVE' }],
      items: { object: 'list', data: [{ object: 'subscription_item', quantity: 3, plan: item.plan }] },
      plan: item.plan,
      quantity: 3,
    });
  });

  it('a subscription with several items has neither plan nor quantity of its own', () => {
    const subscription = { object: 'subscription', items: { object: 'list', data: [item, item] } };
    expect(toOldShape(subscription)).toMatchObject({ plan: null, quantity: null, discount: null });
  });

  it('an invoice names its subscription and says whether it is paid', () => {
    const parent = { subscription_details: { subscription: 'sub_1', metadata: { a: '1' } } };
    const line = {
      object: 'line_item',
      parent: {
        type: 'subscription_item_details',
        subscription_item_details: { subscription: 'sub_1', subscription_item: 'si_1', proration: true },
      },
      pricing: { price_details: { price: 'price_1' } },
    };
    const shown = toOldShape({ object: 'invoice', status: 'paid', parent, lines: { object: 'list', data: [line] } });
    expect(shown).toMatchObject({
      subscription: 'sub_1',
      subscription_details: { metadata: { a: '1' } },
      paid: true,
      lines: {
        data: [
          { type: 'subscription', subscription: 'sub_1', subscription_item: 'si_1', proration: true, price: 'price_1' },
        ],
      },
    });
    expect(shown).not.toHaveProperty('parent');
    expect(toOldShape({ object: 'invoice', status: 'open', parent: null })).toMatchObject({
      subscription: null,
      paid: false,
    });
  });

  it('a promotion code names its coupon, and what has no other shape stays as it is', () => {
    expect(toOldShape({ object: 'promotion_code', promotion: { type: 'coupon', coupon: 'SAVE' } })).toEqual({
      object: 'promotion_code',
      coupon: 'SAVE',
    });
    const customer = { object: 'customer', metadata: { a: '1' }, preferred_locales: ['en'] };
    expect(toOldShape(customer)).toEqual(customer);
  });
});
