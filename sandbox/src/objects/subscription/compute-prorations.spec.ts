import { describe, expect, it } from '@jest/globals';
import { creditEverything, creditsFor } from './compute-prorations.js';
import { type ItemDebit, type Subscription, type SubscriptionItem } from './subscription-type.js';

const item = (id: string): SubscriptionItem => ({ id }) as SubscriptionItem;
const debit = (amount: number, start: number, end: number): ItemDebit => ({
  amount,
  period: { start, end },
  quantity: 2,
  line: { invoice: 'in_1', id: 'il_1' },
  invoice_item: null,
});
const subscriptionWith = (debits: Subscription['sandbox']['debits']): Subscription =>
  ({ items: { data: Object.keys(debits).map(item) }, sandbox: { debits } }) as unknown as Subscription;

describe('credits for unused time', () => {
  it('give back the part of each debit that lies after the change', () => {
    const subscription = subscriptionWith({ si_1: [debit(1000, 0, 100), debit(300, 40, 100)] });
    expect(creditsFor(subscription, item('si_1'), 70)).toEqual([
      {
        item: item('si_1'),
        amount: -300,
        period: { start: 70, end: 100 },
        quantity: 2,
        credited: debit(1000, 0, 100),
      },
      { item: item('si_1'), amount: -150, period: { start: 70, end: 100 }, quantity: 2, credited: debit(300, 40, 100) },
    ]);
  });

  it('give back a debit for later time as a whole', () => {
    const [credit] = creditsFor(subscriptionWith({ si_1: [debit(1000, 50, 100)] }), item('si_1'), 20);
    expect(credit).toMatchObject({ amount: -1000, period: { start: 50, end: 100 } });
  });

  it('are none for what is used up or was free', () => {
    const subscription = subscriptionWith({ si_1: [debit(1000, 0, 100), debit(0, 0, 200)] });
    expect(creditsFor(subscription, item('si_1'), 100)).toEqual([]);
    expect(creditsFor(subscription, item('si_other'), 50)).toEqual([]);
  });

  it('cover all items when everything ends', () => {
    const subscription = subscriptionWith({ si_1: [debit(1000, 0, 100)], si_2: [debit(200, 0, 100)] });
    expect(creditEverything(subscription, 50).map(({ item: { id }, amount }) => [id, amount])).toEqual([
      ['si_1', -500],
      ['si_2', -100],
    ]);
  });
});
