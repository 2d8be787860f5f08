import { describe, expect, it } from '@jest/globals';
import { type BillingInterval } from '../catalogue/catalogue.schema.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { type ImmediateChange, toUpdateParams } from './plan-change.mapper.js';

const ROW = Object.assign(new Subscription(), {
  stripeItemId: 'si_1',
  quantity: 3,
  interval: 'month',
  intervalCount: 1,
});

const paramsOf = (kind: ImmediateChange['kind'], interval: BillingInterval = 'month') =>
  toUpdateParams(ROW, {
    kind,
    priceId: 'price_new',
    plan: { tier: 'enterprise', interval, intervalCount: 1 },
    card: null,
  });

describe("Stripe's parameters of a change of plan that takes effect now", () => {
  it('invoice an upgrade at once and leave the old plan until it is paid', () => {
    expect(paramsOf('upgrade')).toEqual({
      items: [{ id: 'si_1', price: 'price_new', quantity: 3 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
  });

  it('change the item by its id: without it Stripe would add a second price', () => {
    for (const kind of ['upgrade', 'downgrade_now', 'in_trial'] as const)
      expect(paramsOf(kind).items).toEqual([{ id: 'si_1', price: 'price_new', quantity: 3 }]);
  });

  it('begin a new period with another interval, which flexible billing does not do by itself', () => {
    expect(paramsOf('upgrade', 'year')).toMatchObject({ billing_cycle_anchor: { type: 'now' } });
    expect(paramsOf('downgrade_now', 'year')).toMatchObject({ billing_cycle_anchor: { type: 'now' } });
    expect(paramsOf('upgrade')).not.toHaveProperty('billing_cycle_anchor');
  });

  it('begin a new period also where the interval has the same name but another length', () => {
    const halfYearly = Object.assign(new Subscription(), ROW, { intervalCount: 6 });
    const plan = { tier: 'enterprise', interval: 'month', intervalCount: 1 } as const;
    const params = toUpdateParams(halfYearly, { kind: 'upgrade', priceId: 'price_new', plan, card: null });
    expect(params).toMatchObject({ billing_cycle_anchor: { type: 'now' } });
  });

  it('leave a credit for a downgrade, which waits for no payment', () => {
    expect(paramsOf('downgrade_now')).toMatchObject({ proration_behavior: 'always_invoice' });
    expect(paramsOf('downgrade_now')).not.toHaveProperty('payment_behavior');
  });

  it('charge nothing in a trial and leave it as it is, also with another interval', () => {
    const items = [{ id: 'si_1', price: 'price_new', quantity: 3 }];
    expect(paramsOf('in_trial', 'year')).toEqual({ items, proration_behavior: 'none' });
  });
});
