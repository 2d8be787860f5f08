import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Caller } from '../support/caller.js';
import { operationsOf, settleUser } from '../support/operations.js';
import { sellAtStripe } from '../support/sold-subscription.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;
let app: TestApp;
let training: string;
beforeAll(async () => {
  app = await createTestApp();
  training = await priceOf('On-site training', 9_900);
}, 60_000);
afterAll(() => app.close());

async function priceOf(name: string, unit_amount: number): Promise<string> {
  const recurring = { interval: 'month' as const };
  return (await app.stripe.prices.create({ currency: 'usd', unit_amount, recurring, product_data: { name } })).id;
}

const sellTraining = () => sellAtStripe(app, [{ price: training }]);
const starter = { tier: 'starter', payment_method_id: 'pm_card_visa' };

interface Row {
  tier: string;
  status: string;
  duplicate_of_id: number | null;
}

async function rowsOf(caller: Caller): Promise<Row[]> {
  return app.dataSource.query<Row[]>(
    `select s.tier, s.status, s.duplicate_of_id from subscriptions s join customers c on c.id = s.customer_id
     join users u on u.id = c.user_id where u.external_id = $1 order by s.tier desc`,
    [caller.sub],
  );
}

describe('a sales contract of 99 and a second product beside a plan, and an add-on of no plan on it', () => {
  /** What a subscription is at Stripe, without what its renewals change. */
  async function essenceOf(id: string): Promise<object> {
    const { status, items, metadata, schedule, cancel_at, discounts } = await app.stripe.subscriptions.retrieve(id);
    const billed = items.data.map(({ price, quantity }) => [price.id, price.unit_amount, quantity]);
    return { status, billed, metadata, schedule, cancel_at, discounts };
  }

  it('are alive, untouched and billed after 60 days', async () => {
    const { caller, stripeId: contract } = await sellAtStripe(app, [{ price: training }]);
    const customer = await caller.stripeCustomerId();
    const bought = (await caller.post('/subscription', starter).expect(201)).body as { id: number };
    await app.settle();
    const own = (await app.stripe.subscriptions.list({ customer })).data.find(({ id }) => id !== contract)?.id ?? '';
    const second = await app.stripe.subscriptions.create({
      customer,
      items: [{ price: await priceOf('Another product', 700), quantity: 2 }],
      metadata: { deal: '7' },
    });
    const storage = { price: await priceOf('Storage', 500), quantity: 3 };
    await app.stripe.subscriptions.update(own, { items: [storage], proration_behavior: 'none' });
    await settleUser(app, caller.sub);
    const ids = [contract, own, second.id];
    const before = await Promise.all(ids.map(essenceOf));
    for (let day = 0; day < 60; day += 15) {
      await app.control('advance', { seconds: 15 * DAY });
      await settleUser(app, caller.sub);
    }
    expect(await Promise.all(ids.map(essenceOf))).toEqual(before);
    const charged = async (subscription: string) =>
      (await app.stripe.invoices.list({ subscription })).data
        .map(({ status, total }) => `${status} ${total}`)
        .reverse();
    expect(await Promise.all(ids.map(charged))).toEqual([
      ['paid 9900', 'paid 9900'],
      ['paid 2900', 'paid 4400'],
      ['paid 1400', 'paid 1400'],
    ]);
    expect((await app.stripe.charges.list({ customer })).data.filter(({ refunded }) => refunded)).toEqual([]);
    expect(await operationsOf(app, caller.sub, 'duplicate.resolve')).toEqual([]);
    expect((await caller.get('/subscription')).body).toMatchObject({
      id: bought.id,
      tier: 'starter',
      status: 'active',
      amount: 29,
      add_ons: [{ plan: null, quantity: 3, amount: 15 }],
    });
    const { body: all } = await caller.get('/subscriptions').expect(200);
    const shown = (all as { tier: string; amount: number; status: string }[]).map(
      ({ tier, amount, status }) => `${tier} ${amount} ${status}`,
    );
    expect(shown.sort()).toEqual(['custom 14 active', 'custom 99 active', 'starter 29 active']);
  });
});

describe('a subscription of a price that no plan has', () => {
  it('bars no purchase: both live, neither is a duplicate, and both are billed again', async () => {
    const { caller, stripeId } = await sellTraining();
    const bought = await caller.post('/subscription', starter);
    expect([bought.status, bought.body.code]).toEqual([201, undefined]);
    await settleUser(app, caller.sub);
    await app.control('advance', { seconds: 32 * DAY });
    await settleUser(app, caller.sub);
    expect(await rowsOf(caller)).toEqual([
      { tier: 'starter', status: 'active', duplicate_of_id: null },
      { tier: 'custom', status: 'active', duplicate_of_id: null },
    ]);
    expect(await operationsOf(app, caller.sub, 'duplicate.resolve')).toEqual([]);
    const paid = await app.stripe.invoices.list({ subscription: stripeId });
    expect(paid.data.map(({ status }) => status)).toEqual(['paid', 'paid']);
  });

  it('bars no Checkout, nor does the page of one that somebody else opened close', async () => {
    const { caller } = await sellTraining();
    const customer = await caller.stripeCustomerId();
    const open = (session: Stripe.Checkout.SessionCreateParams) =>
      app.stripe.checkout.sessions.create({ customer, success_url: 'https://example.com', ...session });
    const second = await priceOf('A second training', 100);
    const others = [
      await open({ mode: 'subscription', line_items: [{ price: second, quantity: 1 }] }),
      await open({ mode: 'setup', currency: 'usd' }),
    ];
    const [plan] = [app.prices.enterprise.month];
    const rival = await open({ mode: 'subscription', line_items: [{ price: plan, quantity: 1 }] });
    const { body } = await caller.post('/checkout', { tier: 'starter' }).expect(200);
    const statusOf = async ({ id }: { id: string }) => (await app.stripe.checkout.sessions.retrieve(id)).status;
    expect(await Promise.all([...others, rival, body as { id: string }].map(statusOf))).toEqual([
      'open',
      'open',
      'expired',
      'open',
    ]);
  });

  it('stays when its first payment is still to be made', async () => {
    const caller = await Caller.create(app);
    const customer = await caller.stripeCustomerId();
    const items = [{ price: training }];
    const made = await app.stripe.subscriptions.create({ customer, items, payment_behavior: 'default_incomplete' });
    await app.settle();
    await caller.post('/subscription', starter).expect(201);
    expect(await app.stripe.subscriptions.retrieve(made.id)).toMatchObject({ status: 'incomplete' });
  });

  it('is told by GET /subscription while no plan lives, the newest of several', async () => {
    const { caller } = await sellTraining();
    const items = [{ price: await priceOf('A newer one', 200) }];
    await app.control('advance', { seconds: 60 });
    await app.stripe.subscriptions.create({ customer: await caller.stripeCustomerId(), items });
    await app.settle();
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'custom', amount: 2 });
    await caller.post('/subscription', starter).expect(201);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter' });
    expect((await caller.get('/subscriptions')).body).toHaveLength(3);
  });

  it('has no plan to change: 409; a tier that does not exist is still the caller’s mistake', async () => {
    const { caller, path, stripeId } = await sellTraining();
    for (const wish of [{ tier: 'starter' }, { tier: 'starter', interval: 'month', when: 'now' }]) {
      const refused = await caller.patch(path, wish);
      expect([refused.status, refused.body.code]).toEqual([409, 'not_in_catalogue']);
    }
    const bad = await caller.patch(path, { tier: 'gold' });
    expect([bad.status, bad.body.detail]).toEqual([400, 'Invalid tier: gold']);
    expect(await app.stripe.subscriptions.retrieve(stripeId)).toMatchObject({
      items: { data: [{ price: { id: training } }] },
      schedule: null,
    });
  });

  it('keeps what an operator scheduled for it', async () => {
    const { caller, path, stripeId } = await sellTraining();
    const { id, phases } = await app.stripe.subscriptionSchedules.create({ from_subscription: stripeId });
    const { start_date = 0, end_date = 0 } = phases[0] ?? {};
    await app.stripe.subscriptionSchedules.update(id, {
      phases: [
        { items: [{ price: training }], start_date, end_date },
        { items: [{ price: app.prices.starter.month }], start_date: end_date, duration: { interval: 'month' } },
      ],
    });
    await app.settle();
    const refused = [
      await caller.patch(path, { tier: 'custom', interval: 'month' }),
      await caller.delete(`${path}/scheduled-change`),
    ];
    expect(refused.map(({ status }) => status)).toEqual([409, 409]);
    expect(await app.stripe.subscriptions.retrieve(stripeId)).toMatchObject({ schedule: id });
  });

  it('takes another card, can be cancelled and taken back', async () => {
    const { caller, path, stripeId } = await sellTraining();
    await caller.patch(path, { payment_method_id: 'pm_card_mastercard' }).expect(200);
    expect(await caller.listCards()).toEqual(
      expect.arrayContaining([expect.objectContaining({ card_brand: 'mastercard', is_default: true })]),
    );
    await caller.post(`${path}/cancel`).expect(200);
    expect(await app.stripe.subscriptions.retrieve(stripeId)).toMatchObject({ cancel_at_period_end: true });
    await caller.post(`${path}/reactivate`).expect(200);
    await caller.post(`${path}/cancel`, { cancel_at_period_end: false }).expect(200);
    expect(await app.stripe.subscriptions.retrieve(stripeId)).toMatchObject({ status: 'canceled' });
  });

  it('with free days uses no trial up, and they are not ended', async () => {
    const caller = await Caller.create(app);
    await caller.post('/subscription', { ...starter, trial_days: 14 }).expect(201);
    const items = [{ price: training }];
    const customer = await caller.stripeCustomerId();
    const sold = await app.stripe.subscriptions.create({ customer, items, trial_period_days: 30 });
    await settleUser(app, caller.sub);
    expect(await app.stripe.subscriptions.retrieve(sold.id)).toMatchObject({ status: 'trialing' });
    expect(await operationsOf(app, caller.sub, 'trial.end')).toEqual([]);

    const other = await Caller.create(app);
    await other.addCard('pm_card_visa');
    await app.stripe.subscriptions.create({ customer: await other.stripeCustomerId(), items, trial_period_days: 30 });
    await app.settle();
    await other.patch('/customer', { name: 'Ada' }).expect(200);
    expect((await other.get('/customer')).body).toMatchObject({ trial_available: true });
  });

  it('that gets a price of a plan counts from then on, and no more once it leaves it', async () => {
    const { caller, stripeId } = await sellTraining();
    await caller.post('/subscription', starter).expect(201);
    // What was sold here less than a day ago would be ended.
    await app.control('advance', { seconds: 2 * DAY });
    const [item] = (await app.stripe.subscriptions.retrieve(stripeId)).items.data;
    const price = app.prices.professional.month;
    const set = async (to: string) => {
      await app.stripe.subscriptions.update(stripeId, { items: [{ id: item?.id ?? '', price: to }] });
      await settleUser(app, caller.sub);
      return rowsOf(caller);
    };
    const flagged = (rows: Row[]) => rows.filter((row) => row.duplicate_of_id !== null);
    expect(flagged(await set(price))).toHaveLength(1);
    expect(flagged(await set(training))).toEqual([]);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
  });
});
