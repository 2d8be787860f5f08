import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { catalogueFile, SEATS_AND_ADD_ONS } from '../support/catalogue-files.js';
import { endSubscriptions } from '../support/ended-subscriptions.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(SEATS_AND_ADD_ONS) } });
});
afterEach(() => endSubscriptions(app));
afterAll(() => app.close());

const card = { payment_method_id: 'pm_card_visa' };
const MONTH_SECONDS = 32 * 86_400;
const SUPPORT = { plan: 'support' };
const STORAGE = { plan: 'storage', quantity: 3 };

async function buy(body: object): Promise<{ caller: Caller; id: number; path: string; body: object }> {
  const caller = await Caller.create(app);
  const sold = (await caller.post('/subscription', { ...card, ...body }).expect(201)).body as { id: number };
  return { caller, id: sold.id, path: `/subscription/${sold.id}`, body: sold };
}

async function stripeIdOf(id: number): Promise<string> {
  const query = 'select stripe_subscription_id as stripe from subscriptions where id = $1';
  const [row] = await app.dataSource.query<[{ stripe: string }]>(query, [id]);
  return row.stripe;
}

/** What Stripe bills, by lookup key. */
async function itemsOf(id: number): Promise<Record<string, number | undefined>> {
  const { items } = await app.stripe.subscriptions.retrieve(await stripeIdOf(id));
  return Object.fromEntries(items.data.map(({ price, quantity }) => [price.lookup_key ?? 'foreign', quantity]));
}

async function paid(caller: Caller): Promise<number[]> {
  await app.settle();
  const { body } = await caller.get('/invoices').expect(200);
  return (body as { amount_paid: number }[]).map(({ amount_paid: amount }) => amount).reverse();
}

async function addForeign(id: number): Promise<void> {
  const product = await app.stripe.products.create({ name: 'Consulting' });
  const price = await app.stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 1500,
    recurring: { interval: 'month' },
  });
  const items = [{ price: price.id, quantity: 2 }];
  await app.stripe.subscriptions.update(await stripeIdOf(id), { items, proration_behavior: 'none' });
  await app.settle();
}

describe('a purchase with add-ons', () => {
  it('is one subscription and one invoice, and tells the key of each', async () => {
    const { caller, body, id } = await buy({ tier: 'team', quantity: 4, add_ons: [SUPPORT, STORAGE] });
    expect(body).toMatchObject({
      tier: 'team',
      quantity: 4,
      amount: 56,
      add_ons: [
        { plan: 'support', quantity: 1, amount: 20, interval: 'month' },
        { plan: 'storage', quantity: 3, amount: 15 },
      ],
    });
    expect(await itemsOf(id)).toEqual({ team_month: 1, team_seat_month: 1, support_month: 1, storage_month: 3 });
    expect(await paid(caller)).toEqual([91]);
  });

  it.each([
    ['solo', undefined, [SUPPORT], 'invalid_add_on', 'Invalid add-on: support. It does not go with solo'],
    ['crew', undefined, [{ plan: 'gold' }], 'invalid_add_on', 'Invalid add-on: gold. It is no add-on'],
    ['crew', undefined, [{ plan: 'team' }], 'invalid_add_on', 'Invalid add-on: team. It is no add-on'],
    ['crew', 'year', [SUPPORT], 'invalid_interval', 'No price ID configured for support year'],
    [
      'crew',
      undefined,
      [STORAGE, { plan: 'STORAGE' }],
      'invalid_add_on',
      'Invalid add-on: storage. It is named twice; give its quantity instead',
    ],
  ])('%s %s %j is refused', async (tier, interval, add_ons, code, detail) => {
    const caller = await Caller.create(app);
    for (const path of ['/subscription', '/checkout'])
      expect((await caller.post(path, { tier, interval, add_ons }).expect(400)).body).toMatchObject({ code, detail });
  });

  it('of a malformed kind is refused with the field', async () => {
    const caller = await Caller.create(app);
    for (const add_ons of ['support', [{ plan: 'support', quantity: 0 }], [{ plan: 'support', price: 'price_1' }], [1]])
      expect((await caller.post('/subscription', { tier: 'crew', add_ons }).expect(400)).body.code).toBe(
        'validation_failed',
      );
  });

  it('by Checkout has them on its lines, and an open session with others is another', async () => {
    const caller = await Caller.create(app);
    const open = async (add_ons: object[]) =>
      ((await caller.post('/checkout', { tier: 'crew', add_ons }).expect(200)).body as { id: string }).id;
    const session = await open([SUPPORT]);
    const { line_items: lines } = await app.stripe.checkout.sessions.retrieve(session, { expand: ['line_items'] });
    expect(lines?.data.map(({ price }) => price?.lookup_key)).toEqual(['crew_month', 'support_month']);
    expect(await open([SUPPORT])).toBe(session);
    expect(await open([])).not.toBe(session);
  });
});

describe('a change of add-ons', () => {
  it('has new ones at once, charged for the rest of the period', async () => {
    const { caller, path, id } = await buy({ tier: 'crew' });
    const { body } = await caller.patch(path, { add_ons: [SUPPORT] }).expect(200);
    expect(body).toMatchObject({ tier: 'crew', quantity: 2, add_ons: [{ plan: 'support' }], scheduled_change: null });
    expect(await paid(caller)).toEqual([16, 20]);
    expect(await itemsOf(id)).toEqual({ crew_month: 2, support_month: 1 });
  });

  it('keeps dropped ones until the end of the period', async () => {
    const { caller, path, id } = await buy({ tier: 'crew', add_ons: [SUPPORT, STORAGE] });
    const { body } = await caller.patch(path, { add_ons: [{ plan: 'storage', quantity: 1 }] }).expect(200);
    expect(body).toMatchObject({
      add_ons: [{ plan: 'support' }, { plan: 'storage', quantity: 3 }],
      scheduled_change: { tier: 'crew', quantity: 2, add_ons: [{ plan: 'storage', quantity: 1 }] },
    });
    await app.control('advance', { seconds: MONTH_SECONDS });
    expect(await paid(caller)).toEqual([51, 21]);
    expect(await itemsOf(id)).toEqual({ crew_month: 2, storage_month: 1 });
  });

  it('exchanges one for another: the new one now, the old one at the end', async () => {
    const { caller, path, id } = await buy({ tier: 'crew', add_ons: [SUPPORT] });
    const { body } = await caller.patch(path, { add_ons: [STORAGE] }).expect(200);
    expect(body).toMatchObject({
      add_ons: [{ plan: 'support' }, { plan: 'storage' }],
      scheduled_change: { add_ons: [{ plan: 'storage', quantity: 3 }] },
    });
    const back = await caller.patch(path, { add_ons: [SUPPORT, STORAGE] }).expect(200);
    expect(back.body).toMatchObject({ scheduled_change: null });
    await caller.patch(path, { add_ons: [] }).expect(200);
    await app.control('advance', { seconds: MONTH_SECONDS });
    await app.settle();
    expect(await itemsOf(id)).toEqual({ crew_month: 2 });
  });

  it('drops one now where that is asked for, with a credit', async () => {
    const { caller, path, id } = await buy({ tier: 'crew', add_ons: [SUPPORT] });
    const { body } = await caller.patch(path, { add_ons: [], when: 'now' }).expect(200);
    expect(body).toMatchObject({ add_ons: [], scheduled_change: null });
    expect(await itemsOf(id)).toEqual({ crew_month: 2 });
    await app.control('advance', { seconds: MONTH_SECONDS });
    const [, , renewal] = await paid(caller);
    expect(renewal).toBe(0);
  });

  it('that changes nothing is refused, and a declined one changes nothing', async () => {
    const { caller, path, id } = await buy({ tier: 'crew', add_ons: [STORAGE] });
    await caller.patch(path, { add_ons: [STORAGE] }).expect(400);
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await caller.patch(path, { add_ons: [STORAGE, SUPPORT] }).expect(402);
    expect(await itemsOf(id)).toEqual({ crew_month: 2, storage_month: 3 });
  });

  it('never touches what is none of the catalogue', async () => {
    const { caller, path, id } = await buy({ tier: 'crew', add_ons: [SUPPORT] });
    await addForeign(id);
    const { body: before } = await caller.get('/subscription').expect(200);
    expect(before.add_ons).toMatchObject([{ plan: 'support' }, { plan: null, quantity: 2, amount: 30 }]);
    await caller.patch(path, { add_ons: [STORAGE] }).expect(200);
    await caller.put(`${path}/seats`, { quantity: 3 }).expect(200);
    await caller.patch(path, { tier: 'team' }).expect(200);
    await caller.patch(path, { add_ons: [] }).expect(200);
    await app.control('advance', { seconds: MONTH_SECONDS });
    await app.settle();
    expect(await itemsOf(id)).toEqual({ team_month: 1, foreign: 2 });
  });
});

describe('a change of plan', () => {
  it('takes add-ons along that go with it, to the price of its interval', async () => {
    const { caller, path, id } = await buy({ tier: 'crew', add_ons: [STORAGE] });
    const { body } = await caller.patch(path, { tier: 'team', interval: 'year' }).expect(200);
    expect(body).toMatchObject({ tier: 'team', interval: 'year', add_ons: [{ plan: 'storage', interval: 'year' }] });
    expect(await itemsOf(id)).toEqual({ team_year: 1, storage_year: 3 });
  });

  it('that leaves one without its plan, or without a price, is a conflict until it is dropped', async () => {
    const { caller, path, id } = await buy({ tier: 'crew', add_ons: [SUPPORT] });
    const refused = await caller.patch(path, { tier: 'solo' }).expect(409);
    expect(refused.body).toMatchObject({ code: 'add_on_does_not_fit' });
    await caller.patch(path, { interval: 'year' }).expect(409);
    const { body } = await caller.patch(path, { tier: 'solo', add_ons: [] }).expect(200);
    expect(body).toMatchObject({ tier: 'crew', scheduled_change: { tier: 'solo', quantity: 1, add_ons: [] } });
    const later = await caller.patch(path, { add_ons: [SUPPORT, STORAGE] }).expect(409);
    expect(later.body).toMatchObject({ code: 'add_on_does_not_fit' });
    await app.control('advance', { seconds: MONTH_SECONDS });
    await app.settle();
    expect(await itemsOf(id)).toEqual({ solo_month: 1 });
  });
});
