import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type Stripe from 'stripe';
import { Collection } from '../src/store/collection.js';
import { type StoredObject } from '../src/store/object-kind.js';
import { Store } from '../src/store/store.js';
import { BillingSandbox } from './support/billing-sandbox.js';

const HOUR = 3_600;

/** How often one transaction changed an object, of a customer maybe, and stored it. */
interface Writes {
  readonly object: string;
  readonly customer: unknown;
  changed: number;
  stored: number;
}

/** Counts what becomes of each object of the API in each transaction from now on; the function returns what it saw. */
function countWrites(): () => Writes[] {
  const transactions = jest.spyOn(Store.prototype, 'transact').mock;
  const changes = jest.spyOn(Collection.prototype, 'replace').mock;
  const stores = jest.spyOn(Collection.prototype, 'store').mock;
  return () => {
    const found = new Map<string, Writes>();
    const count = (what: 'changed' | 'stored', order: number, id: string, record: StoredObject | null): void => {
      if (record === null || record.object.startsWith('sandbox.')) return;
      const transaction = transactions.invocationCallOrder.filter((began) => began < order).length;
      const key = `${transaction} ${id}`;
      const { customer } = record as { customer?: unknown };
      const writes = found.get(key) ?? { object: record.object, customer, changed: 0, stored: 0 };
      found.set(key, { ...writes, [what]: writes[what] + 1 });
    };
    changes.calls.forEach(([record], call) =>
      count('changed', changes.invocationCallOrder[call] ?? 0, record.id, record),
    );
    stores.calls.forEach(([id, record], call) => count('stored', stores.invocationCallOrder[call] ?? 0, id, record));
    return [...found.values()];
  };
}

describe('what a request stores', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let ten: Stripe.Price;
  let twenty: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    ten = await billing.price(1000);
    twenty = await billing.price(2000);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  const subscribe = async (card = 'pm_card_visa', params: Partial<Stripe.SubscriptionCreateParams> = {}) => {
    const customer = await billing.customer(card);
    return stripe.subscriptions.create({ customer: customer.id, items: [{ price: ten.id }], ...params });
  };
  const endOf = (subscription: Stripe.Subscription): number => subscription.items.data[0]?.current_period_end ?? 0;
  const useCard = async (subscription: Stripe.Subscription, card: string): Promise<void> => {
    const customer = subscription.customer as string;
    const method = await stripe.paymentMethods.attach(card, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
  };
  const upgrade = (
    subscription: Stripe.Subscription,
    proration_behavior: Stripe.SubscriptionUpdateParams.ProrationBehavior,
  ) =>
    stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id, price: twenty.id }],
      proration_behavior,
    });
  const advance = (to: number): Promise<unknown> => billing.advance({ to });

  /** A request, and the customer whose objects it changes where others' change at the same time. */
  interface Request {
    readonly customer?: Stripe.Subscription['customer'];
    readonly send: () => Promise<unknown>;
  }

  /** How often each request changes an object: once for each state that its events show. */
  const REQUESTS: [string, { subscription: number; invoice: number }, () => Promise<Request>][] = [
    ['creating a subscription', { subscription: 2, invoice: 3 }, () => Promise.resolve({ send: () => subscribe() })],
    [
      'creating one whose card is declined',
      { subscription: 2, invoice: 3 },
      () => Promise.resolve({ send: () => subscribe('pm_card_chargeCustomerFail') }),
    ],
    [
      'creating one with a trial of a day',
      { subscription: 2, invoice: 2 },
      () => Promise.resolve({ send: () => subscribe('pm_card_visa', { trial_period_days: 1 }) }),
    ],
    [
      'an update of its metadata',
      { subscription: 1, invoice: 0 },
      async () => {
        const { id } = await subscribe();
        return { send: () => stripe.subscriptions.update(id, { metadata: { a: '1' } }) };
      },
    ],
    [
      'an update with prorations',
      { subscription: 1, invoice: 0 },
      async () => {
        const subscription = await subscribe();
        return { send: () => upgrade(subscription, 'create_prorations') };
      },
    ],
    [
      'an update that is billed at once',
      { subscription: 1, invoice: 3 },
      async () => {
        const subscription = await subscribe();
        await advance((subscription.start_date + endOf(subscription)) / 2);
        return { send: () => upgrade(subscription, 'always_invoice') };
      },
    ],
    [
      'an update whose payment is declined',
      { subscription: 2, invoice: 3 },
      async () => {
        const subscription = await subscribe();
        await useCard(subscription, 'pm_card_chargeCustomerFail');
        await advance((subscription.start_date + endOf(subscription)) / 2);
        return { send: () => upgrade(subscription, 'always_invoice') };
      },
    ],
    [
      'a cancellation at the period end',
      { subscription: 1, invoice: 0 },
      async () => {
        const { id } = await subscribe();
        return { send: () => stripe.subscriptions.update(id, { cancel_at_period_end: true }) };
      },
    ],
    [
      'a cancellation at once',
      { subscription: 1, invoice: 0 },
      async () => {
        const { id } = await subscribe();
        return { send: () => stripe.subscriptions.cancel(id) };
      },
    ],
    [
      'a cancellation at once with a last invoice',
      { subscription: 1, invoice: 2 },
      async () => {
        const subscription = await subscribe();
        await advance((subscription.start_date + endOf(subscription)) / 2);
        return { send: () => stripe.subscriptions.cancel(subscription.id, { invoice_now: true, prorate: true }) };
      },
    ],
    [
      'a renewal',
      { subscription: 1, invoice: 1 },
      async () => {
        const subscription = await subscribe();
        const end = endOf(subscription);
        await advance(end - 1);
        return { customer: subscription.customer, send: () => advance(end) };
      },
    ],
    [
      'the payment of a renewal',
      { subscription: 0, invoice: 2 },
      async () => {
        const subscription = await subscribe();
        const end = endOf(subscription);
        await advance(end + HOUR - 1);
        return { customer: subscription.customer, send: () => advance(end + HOUR) };
      },
    ],
    [
      'a renewal that is declined',
      { subscription: 1, invoice: 2 },
      async () => {
        const subscription = await subscribe();
        await useCard(subscription, 'pm_card_chargeCustomerFail');
        await advance(endOf(subscription) + HOUR - 1);
        return { customer: subscription.customer, send: () => advance(endOf(subscription) + HOUR) };
      },
    ],
  ];

  it.each(REQUESTS)('%s stores each object once', async (_name, changes, prepare) => {
    const { customer, send } = await prepare();
    const counted = countWrites();
    await send();
    const writes = counted();
    jest.restoreAllMocks();
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.filter(({ stored }) => stored !== 1)).toEqual([]);
    const changesOf = (object: string): number[] =>
      writes
        .filter((one) => one.object === object && (customer === undefined || one.customer === customer))
        .map(({ changed }) => changed);
    expect({
      subscription: Math.max(0, ...changesOf('subscription')),
      invoice: Math.max(0, ...changesOf('invoice')),
    }).toEqual(changes);
  });
});
