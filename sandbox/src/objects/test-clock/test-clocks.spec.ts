import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';

const DAY = 86_400;
/** 31 January 2024, 10:00 UTC. */
const START = Date.UTC(2024, 0, 31, 10) / 1000;
const day = (month: number, date: number): number => Date.UTC(2024, month - 1, date, 10) / 1000;

describe('a test clock', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let price: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    price = await billing.price(2900);
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  const clockAt = (frozen_time: number) => stripe.testHelpers.testClocks.create({ frozen_time, name: 'spec' });

  async function subscribe(clock: Stripe.TestHelpers.TestClock, params: Partial<Stripe.SubscriptionCreateParams> = {}) {
    const customer = await billing.customer('pm_card_visa', { test_clock: clock.id });
    const items = [{ price: price.id }];
    return stripe.subscriptions.create({ customer: customer.id, items, ...params });
  }

  it('starts where it was set, ready, and is listed and retrieved', async () => {
    const clock = await clockAt(START);
    expect(clock).toMatchObject({ frozen_time: START, name: 'spec', status: 'ready', status_details: {} });
    expect(clock.deletes_after - clock.created).toBe(30 * DAY);
    expect((await stripe.testHelpers.testClocks.list({ limit: 1 })).data[0]?.id).toBe(clock.id);
    expect((await stripe.testHelpers.testClocks.retrieve(clock.id)).id).toBe(clock.id);
  });

  it('holds the time of everything of its customers still', async () => {
    const subscription = await subscribe(await clockAt(START));
    expect(subscription).toMatchObject({ created: START, start_date: START, billing_cycle_anchor: START });
    const invoice = await billing.latestInvoice(subscription);
    expect(invoice).toMatchObject({ created: START, test_clock: subscription.test_clock, status: 'paid' });
    expect((await billing.paymentIntentOf(invoice)).created).toBe(START);
    const [paid] = (await stripe.events.list({ type: 'invoice.paid', limit: 1 })).data;
    expect(paid).toMatchObject({ created: START, data: { object: { id: invoice.id } } });
  });

  it('advances: everything due on it runs in order of time, then it is ready', async () => {
    const clock = await clockAt(START);
    const monthly = await subscribe(clock);
    const trial = await subscribe(clock, { trial_period_days: 10 });
    const others = await billing.now();
    const seen: { type: string; created: number; subscription: string }[] = [];
    const before = (await stripe.events.list({ limit: 1 })).data[0]?.id;
    const started = await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: day(3, 31) });
    expect(started).toMatchObject({
      status: 'advancing',
      frozen_time: START,
      status_details: { advancing: { target_frozen_time: day(3, 31) } },
    });
    expect(await billing.clockReady(clock.id)).toMatchObject({
      status: 'ready',
      frozen_time: day(3, 31),
      status_details: {},
    });
    for await (const event of stripe.events.list({ limit: 100 })) {
      if (event.id === before) break;
      const object = event.data.object as { id?: string; subscription?: string };
      seen.unshift({ type: event.type, created: event.created, subscription: object.id ?? '' });
    }
    const times = seen.filter((event) => !event.type.startsWith('test_helpers')).map((event) => event.created);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(seen[0]?.type).toBe('test_helpers.test_clock.advancing');
    expect(seen.at(-1)?.type).toBe('test_helpers.test_clock.ready');
    const cycles = await stripe.invoices.list({ subscription: monthly.id });
    expect(cycles.data.map((invoice) => [invoice.created, invoice.billing_reason, invoice.status])).toEqual([
      [day(3, 31), 'subscription_cycle', 'draft'],
      [day(2, 29), 'subscription_cycle', 'paid'],
      [START, 'subscription_create', 'paid'],
    ]);
    expect((await stripe.subscriptions.retrieve(trial.id)).status).toBe('active');
    expect(Math.abs((await billing.now()) - others)).toBeLessThan(60);
  });

  it('stands still while the rest of the sandbox is advanced, and the rest while it advances', async () => {
    const clock = await clockAt(START);
    const onClock = await subscribe(clock);
    const free = await stripe.subscriptions.create({
      customer: (await billing.customer('pm_card_visa')).id,
      items: [{ price: price.id }],
    });
    await billing.advance({ seconds: 40 * DAY });
    expect((await stripe.invoices.list({ subscription: onClock.id })).data).toHaveLength(1);
    expect((await stripe.invoices.list({ subscription: free.id })).data).toHaveLength(2);
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: START + 40 * DAY });
    await billing.clockReady(clock.id);
    expect((await stripe.invoices.list({ subscription: onClock.id })).data).toHaveLength(2);
    expect((await stripe.invoices.list({ subscription: free.id })).data).toHaveLength(2);
  });

  it('goes at most two intervals of its shortest subscription, or two years without one', async () => {
    const clock = await clockAt(Date.UTC(2024, 10, 23) / 1000);
    const advance = (frozen_time: number) =>
      billing.refusal(stripe.testHelpers.testClocks.advance(clock.id, { frozen_time }));
    expect((await advance(Date.UTC(2026, 10, 23) / 1000 + 1)).message).toContain('up to 1795392000 (2026-11-23');
    await subscribe(clock, { items: [{ price: (await billing.price(10, 'year')).id }] });
    await subscribe(clock);
    const refusal = await advance(Date.UTC(2025, 0, 23) / 1000 + 1);
    expect(refusal).toMatchObject({ statusCode: 400, param: 'frozen_time' });
    expect(refusal.message).toContain(
      'The frozen time of this clock is 1732320000 (2024-11-23 00:00:00 UTC). You can only advance it up to 1737590400 ' +
        '(2025-01-23 00:00:00 UTC). You can only advance a test clock up to two intervals from the current frozen time at ' +
        'a time, based on the shortest subscription interval in the test clock.',
    );
    expect((await advance(clock.frozen_time)).statusCode).toBe(400);
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: Date.UTC(2025, 0, 23) / 1000 });
    await billing.clockReady(clock.id);
  });

  it('refuses changes to what lives on it while it advances, and the same key may try again', async () => {
    const clock = await clockAt(START);
    const subscriptions = await Promise.all(Array.from({ length: 40 }, () => subscribe(clock)));
    const [first] = subscriptions;
    const change = (key: number): Promise<Stripe.Subscription> =>
      stripe.subscriptions.update(first?.id ?? '', { metadata: { key } }, { idempotencyKey: `while-advancing-${key}` });
    // Sent at once: after the answer to the first one the clock may have arrived already.
    const advanced = stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: day(3, 30) });
    const changes = Array.from({ length: 10 }, (_, key) => change(key));
    const refused = (await Promise.allSettled(changes)).findIndex(({ status }) => status === 'rejected');
    await advanced;
    const refusal = await billing.refusal(changes[refused] ?? Promise.resolve());
    expect(refusal).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect(refusal.message).toContain('Test clock advancement underway - cannot perform modifications');
    await billing.clockReady(clock.id);
    expect((await change(refused)).metadata).toEqual({ key: String(refused) });
  });

  it('takes its customers and their subscriptions with it when it is deleted', async () => {
    const clock = await clockAt(START);
    const subscription = await subscribe(clock);
    const types = await billing.emitted(() => stripe.testHelpers.testClocks.del(clock.id));
    expect(types).toEqual([
      'customer.updated',
      'payment_method.detached',
      'customer.subscription.deleted',
      'customer.deleted',
      'test_helpers.test_clock.deleted',
    ]);
    const customer = await stripe.customers.retrieve(subscription.customer as string);
    expect(customer.deleted).toBe(true);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    expect((await billing.refusal(stripe.testHelpers.testClocks.retrieve(clock.id))).code).toBe('resource_missing');
  });

  it('takes over a customer that has no billing yet', async () => {
    const customer = await billing.customer('pm_card_visa');
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START, customer: customer.id });
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    expect(subscription).toMatchObject({ test_clock: clock.id, created: START });
    const busy = await billing.refusal(
      stripe.testHelpers.testClocks.create({ frozen_time: START, customer: customer.id }),
    );
    expect(busy).toMatchObject({ statusCode: 400, param: 'customer' });
  });

  it('keeps its customers and subscriptions out of the lists of all', async () => {
    const clock = await clockAt(START);
    const subscription = await subscribe(clock);
    const all = await stripe.subscriptions.list({ limit: 100, status: 'all' });
    expect(all.data.map((one) => one.id)).not.toContain(subscription.id);
    const onClock = await stripe.subscriptions.list({ test_clock: clock.id });
    expect(onClock.data.map((one) => one.id)).toEqual([subscription.id]);
    const customers = await stripe.customers.list({ test_clock: clock.id });
    expect(customers.data.map((one) => one.id)).toEqual([subscription.customer]);
  });
});
