import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import request from 'supertest';
import { Caller } from '../support/caller.js';
import { cli as runCli } from '../support/cli.js';
import { instanceId, metadataOf } from '../support/payers.js';
import { type SecondInstallation, startSecondInstallation } from '../support/second-installation.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
}, 60_000);
afterAll(() => app.close());

const OTHER_INSTANCE = '11111111-2222-4333-8444-555555555555';
const CARD = { payment_method: 'pm_card_visa', invoice_settings: { default_payment_method: 'pm_card_visa' } };

async function execute(databaseUrl: string, statement: string): Promise<void> {
  const dataSource = await new DataSource({ type: 'postgres', url: databaseUrl }).initialize();
  await dataSource.query(statement);
  await dataSource.destroy();
}

const cli = (parameters: string[], databaseUrl: string) => runCli(parameters, app.config, databaseUrl);

/** How events of an object ended. */
function endsOf(stripeCustomerId: string): Promise<{ state: string; reason: string | null }[]> {
  return app.dataSource.query<{ state: string; reason: string | null }[]>(
    `select distinct state, reason from webhook_events where stripe_customer_id = $1 and reason is distinct from 'unknown_type'`,
    [stripeCustomerId],
  );
}

async function expectNothing(caller: Caller): Promise<void> {
  for (const path of ['/payment-methods', '/invoices', '/subscriptions'])
    expect((await caller.get(path).expect(200)).body).toEqual([]);
  expect((await caller.get('/customer').expect(200)).body).toBeNull();
}

describe("a Stripe customer of another program's that names one of our numbers as its user", () => {
  it('is nobody of ours: nobody sees it, nobody pays with its card, its events wait for a link', async () => {
    const callers = await Promise.all(Array.from({ length: 5 }, () => Caller.create(app)));
    for (const caller of callers) await caller.get('/customer').expect(200);
    const strangers = [];
    for (const caller of callers)
      strangers.push(
        await app.stripe.customers.create({
          ...CARD,
          email: 'stranger@example.org',
          metadata: { user_id: await caller.userId() },
        }),
      );
    await app.settle();
    for (const caller of callers) await expectNothing(caller);
    for (const { id } of strangers)
      expect(await endsOf(id)).toEqual([{ state: 'ignored', reason: 'unlinked_customer' }]);
    const [caller] = callers;
    if (caller === undefined) throw new Error('no caller');
    const bought = await caller.post('/subscription', { tier: 'starter' }).expect(201);
    expect(bought.body).toMatchObject({ status: 'incomplete' });
    expect(strangers.map(({ id }) => id)).not.toContain(await caller.stripeCustomerId());
  });

  it.each(['9999999999', '0', '-1', '1e3', '', 'x'.repeat(500)])(
    'is nobody of ours with the number %j',
    async (number) => {
      const { id } = await app.stripe.customers.create({
        email: 'stranger@example.org',
        metadata: { user_id: number },
      });
      await app.settle();
      expect(await endsOf(id)).toEqual([{ state: 'ignored', reason: 'unlinked_customer' }]);
    },
  );
});

describe('a Stripe customer that carries the keys of an installation', () => {
  it.each([
    [
      'another installation, and a subject that we have',
      OTHER_INSTANCE,
      (sub: string) => `user:${sub}`,
      'other_instance',
    ],
    ['another installation, and no payer', OTHER_INSTANCE, () => '', 'other_instance'],
    ['this one, and no payer', null, () => '', 'unlinked_customer'],
    ['this one, and a payer of no kind that we know', null, (sub: string) => sub, 'unlinked_customer'],
    ['this one, and an organization', null, (sub: string) => `org:${sub}`, null],
    ['this one, and a subject longer than any', null, () => `user:${'x'.repeat(300)}`, 'unlinked_customer'],
  ])('of %s: is not the user’s', async (_name, instance, payerOf, reason) => {
    const caller = await Caller.create(app);
    await caller.get('/customer').expect(200);
    const metadata = {
      user_id: await caller.userId(),
      billing_instance: instance ?? (await instanceId(app)),
      billing_payer: payerOf(caller.sub),
    };
    const { id } = await app.stripe.customers.create({ ...CARD, email: `${caller.sub}@example.com`, metadata });
    await app.stripe.subscriptions.create({ customer: id, items: [{ price: app.prices.starter.month }] });
    await app.settle();
    await expectNothing(caller);
    expect(await endsOf(id)).toEqual([{ state: reason === null ? 'done' : 'ignored', reason }]);
  });

  it('of this one, and our user: is the user’s, with all that it has', async () => {
    const caller = await Caller.create(app);
    await caller.get('/customer').expect(200);
    const metadata = await metadataOf(app, caller.sub);
    const { id } = await app.stripe.customers.create({ ...CARD, email: `${caller.sub}@example.com`, metadata });
    await app.settle();
    expect(await caller.stripeCustomerId()).toBe(id);
    expect(await caller.listCards()).toMatchObject([{ card_last4: '4242', is_default: true }]);
  });

  it('stays the user’s when the keys are changed or taken away at Stripe: its id is stored', async () => {
    const caller = await Caller.create(app);
    const id = await caller.stripeCustomerId();
    await app.stripe.customers.update(id, {
      name: 'Still mine',
      metadata: { billing_instance: OTHER_INSTANCE, billing_payer: '', user_id: '' },
    });
    await app.settle();
    expect((await caller.get('/customer')).body).toMatchObject({ name: 'Still mine' });
  });
});

describe('what is made at Stripe', () => {
  it('says whose it is: customer, subscription, Checkout session and what the session makes', async () => {
    const caller = await Caller.create(app);
    const expected = { ...(await metadataOf(app, caller.sub)), user_id: expect.any(String) };
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    const customer = await caller.stripeCustomerId();
    const [subscription] = (await app.stripe.subscriptions.list({ customer })).data;
    expect(await app.stripe.customers.retrieve(customer)).toMatchObject({ metadata: expected });
    expect(subscription).toMatchObject({ metadata: expected });
    const other = await Caller.create(app);
    const { body } = await other.post('/checkout', { tier: 'starter' }).expect(200);
    const session = (body as { id: string }).id;
    await app.control('checkout/complete', { session });
    const theirs = { ...(await metadataOf(app, other.sub)), user_id: expect.any(String) };
    expect(await app.stripe.checkout.sessions.retrieve(session)).toMatchObject({ metadata: theirs });
    const [made] = (await app.stripe.subscriptions.list({ customer: await other.stripeCustomerId() })).data;
    expect(made).toMatchObject({ metadata: theirs });
  });

  it('gets the keys with the next PATCH /customer where an older release left them out', async () => {
    const caller = await Caller.create(app);
    const id = await caller.stripeCustomerId();
    await app.stripe.customers.update(id, { metadata: { billing_instance: '', billing_payer: '', note: 'kept' } });
    await caller.patch('/customer', { name: 'Ada' }).expect(200);
    const expected = { ...(await metadataOf(app, caller.sub)), note: 'kept' };
    expect(await app.stripe.customers.retrieve(id)).toMatchObject({ metadata: expected });
  });
});

describe('two installations on one Stripe account, with the same subjects and numbers', () => {
  let second: SecondInstallation;
  beforeAll(async () => {
    second = await startSecondInstallation(app);
  }, 60_000);
  afterAll(() => second.close());

  it('share nothing: each has the customers and subscriptions that it sold, and no other', async () => {
    const subs = Array.from({ length: 5 }, (_, n) => `shared-${n}`);
    for (const sub of subs)
      for (const base of [app.url, second.url])
        await request(base)
          .post('/subscription')
          .set('Authorization', await app.bearer(sub))
          .send({ tier: 'starter', payment_method_id: 'pm_card_visa' })
          .expect(201);
    await app.settle();
    await second.settle();
    const idsOf = async (source: DataSource) =>
      (
        await source.query<{ id: string }[]>(
          `select stripe_subscription_id as id from subscriptions s join customers c on c.id = s.customer_id
           join users u on u.id = c.user_id where u.external_id like 'shared-%'`,
        )
      ).map(({ id }) => id);
    const [ours, theirs] = [await idsOf(app.dataSource), await idsOf(second.dataSource)];
    expect([ours.length, theirs.length]).toEqual([5, 5]);
    expect(ours.filter((id) => theirs.includes(id))).toEqual([]);
  });
});

describe('a database that was lost', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await execute(database.url, 'update installation set instance_id = gen_random_uuid()');
  });
  afterAll(() => database.drop());

  it('is rebuilt from Stripe by one that takes over its id, users and all', async () => {
    const caller = await Caller.create(app);
    await caller.post('/subscription', { tier: 'professional', payment_method_id: 'pm_card_visa' }).expect(201);
    await app.settle();
    expect((await cli(['backfill', '--rate', '100'], database.url)).json.handled).toMatchObject({
      customers: expect.any(Number),
    });
    const rows = async () => {
      const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
      const found = await dataSource.query<object[]>(
        `select u.external_id, s.tier, s.status from subscriptions s join customers c on c.id = s.customer_id
         join users u on u.id = c.user_id where u.external_id = $1`,
        [caller.sub],
      );
      await dataSource.destroy();
      return found;
    };
    expect(await rows()).toEqual([]);
    const id = await instanceId(app);
    expect(await cli(['instance', 'show'], app.database.url)).toMatchObject({ code: 0, json: { instance_id: id } });
    expect(await cli(['instance', 'adopt', id], database.url)).toMatchObject({ code: 0, json: { adopted: true } });
    expect((await cli(['backfill', '--rate', '100'], database.url)).code).toBe(0);
    expect(await rows()).toEqual([{ external_id: caller.sub, tier: 'professional', status: 'active' }]);
  });

  it('is not taken for one that has customers of its own', async () => {
    expect(await cli(['instance', 'adopt', OTHER_INSTANCE], app.database.url)).toMatchObject({
      code: 1,
      json: { adopted: false },
    });
  });
});

describe('backfill --write-metadata', () => {
  it('writes at Stripe whose each customer is, where that is missing, and nothing else', async () => {
    const [old, current] = [await Caller.create(app), await Caller.create(app)];
    const [oldId, currentId] = [await old.stripeCustomerId(), await current.stripeCustomerId()];
    await app.stripe.customers.update(oldId, { metadata: { billing_instance: '', billing_payer: '', note: 'kept' } });
    await app.settle();
    const { code, json } = await cli(['backfill', '--rate', '100', '--write-metadata'], app.database.url);
    expect(code).toBe(0);
    expect((json.metadata as { written: number }).written).toBeGreaterThanOrEqual(1);
    expect(await app.stripe.customers.retrieve(oldId)).toMatchObject({
      metadata: { ...(await metadataOf(app, old.sub)), note: 'kept' },
    });
    expect(await app.stripe.customers.retrieve(currentId)).toMatchObject({
      metadata: await metadataOf(app, current.sub),
    });
    expect((await cli(['backfill', '--rate', '100', '--write-metadata'], app.database.url)).json.metadata).toEqual({
      written: 0,
      failed: [],
    });
  });
});
