import { describe, expect, it } from '@jest/globals';
import { type ImmediateChange, toUpdateParams } from './plan-change.mapper.js';

const PLAN = { item: { id: 'si_1', price: 'price_old', quantity: 3 }, price: 'price_new', quantity: 3 };

const paramsOf = (kind: ImmediateChange['kind'], changes: Partial<ImmediateChange> = {}) =>
  toUpdateParams({
    kind,
    target: { lines: [PLAN], removed: [] },
    changesPeriod: false,
    waitsForInvoice: false,
    ...changes,
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
    expect(paramsOf('upgrade', { changesPeriod: true })).toMatchObject({ billing_cycle_anchor: { type: 'now' } });
    expect(paramsOf('downgrade_now', { changesPeriod: true })).toMatchObject({ billing_cycle_anchor: { type: 'now' } });
    expect(paramsOf('upgrade')).not.toHaveProperty('billing_cycle_anchor');
  });

  it('add further items, change those that are there and take away what is dropped, and nothing else', () => {
    const lines = [
      { ...PLAN, price: 'price_old' },
      { item: { id: 'si_2', price: 'price_seat', quantity: 2 }, price: 'price_seat', quantity: 5 },
      { item: { id: 'si_3', price: 'price_storage', quantity: 1 }, price: 'price_storage', quantity: 1 },
      { item: null, price: 'price_support', quantity: 1 },
    ];
    const removed = [{ id: 'si_4', price: 'price_calls' }];
    expect(paramsOf('upgrade', { target: { lines, removed } }).items).toEqual([
      { id: 'si_1', price: 'price_old', quantity: 3 },
      { id: 'si_2', price: 'price_seat', quantity: 5 },
      { price: 'price_support', quantity: 1 },
      { id: 'si_4', deleted: true },
    ]);
  });

  it('leave the difference to the next invoice where Stripe makes no more today', () => {
    const params = paramsOf('upgrade', { waitsForInvoice: true });
    expect(params).toMatchObject({ proration_behavior: 'create_prorations' });
    expect(params).not.toHaveProperty('payment_behavior');
  });

  it('leave a credit for a downgrade, which waits for no payment', () => {
    expect(paramsOf('downgrade_now')).toMatchObject({ proration_behavior: 'always_invoice' });
    expect(paramsOf('downgrade_now')).not.toHaveProperty('payment_behavior');
  });

  it('charge nothing in a trial and leave it as it is, also with another interval', () => {
    const items = [{ id: 'si_1', price: 'price_new', quantity: 3 }];
    expect(paramsOf('in_trial', { changesPeriod: true })).toEqual({ items, proration_behavior: 'none' });
  });
});
