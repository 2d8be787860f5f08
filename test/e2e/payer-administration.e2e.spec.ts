import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PersonalDataRemoval } from '../../src/payers/personal-data-removal.js';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await createTestApp();
  admin = await Caller.of(app, 'root', { role: 'admin' });
});
afterAll(() => app.close());

const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };
const at = (payer: string, rest = '') => `/payers/${encodeURIComponent(payer)}${rest}`;
const actions = async (payer: string) =>
  (
    (await admin.get(`/audit?limit=100&payer=${encodeURIComponent(payer)}`).expect(200)).body as { action: string }[]
  ).map(({ action }) => action);

describe('an operator looks a payer up', () => {
  it('by its name, its Stripe customer and its e-mail', async () => {
    const user = await Caller.of(app, 'look|up', { email: 'lookup@example.com', first_name: 'Ada', last_name: 'L' });
    const bought = await user.post('/subscription', CARD).expect(201);
    const cus = await user.stripeCustomerId();
    const expected = {
      payer: 'user:look|up',
      is_active: true,
      closed_at: null,
      name: 'Ada L',
      email: 'lookup@example.com',
      stripe_customer_id: cus,
      subscriptions: [{ id: bought.body.id, tier: 'starter', status: 'active' }],
    };
    expect((await admin.get(at('user:look|up')).expect(200)).body).toMatchObject(expected);
    for (const query of [
      `payer=${encodeURIComponent('user:look|up')}`,
      `stripe_customer_id=${cus}`,
      'email=lookup@example.com',
    ])
      expect((await admin.get(`/payers?${query}`).expect(200)).body).toMatchObject([expected]);
    for (const query of ['payer=user:nobody', 'stripe_customer_id=cus_nobody', 'email=nobody@example.com'])
      expect((await admin.get(`/payers?${query}`).expect(200)).body).toEqual([]);
    for (const query of ['', 'payer=ada', 'payer=user:a&email=b', 'x=1'])
      await admin.get(`/payers?${query}`).expect(400);
    for (const payer of ['user:nobody', 'ada', 'org:', 'user: a']) await admin.get(at(payer)).expect(404);
  });

  it('of an organization too', async () => {
    const buyer = await Caller.of(app, 'bea', { org_id: 'org_look', org_name: 'Shop', org_role: 'owner' });
    await buyer.post('/subscription', CARD).expect(201);
    expect((await admin.get(at('org:org_look')).expect(200)).body).toMatchObject({
      payer: 'org:org_look',
      name: 'Shop',
    });
  });
});

describe('an operator gives a Stripe customer to a payer', () => {
  const stranger = async (name: string) => {
    const customer = await app.stripe.customers.create({
      email: `${name}@example.org`,
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
      metadata: { user_id: '1' },
    });
    await app.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: app.prices.starter.month }],
    });
    await app.settle();
    return customer.id;
  };
  const link = (payer: string, id: string) => admin.post(at(payer, '/link'), { stripe_customer_id: id });

  it('with all that it has, to one who is not known here yet', async () => {
    const id = await stranger('given');
    expect((await link('user:given', id).expect(200)).body).toMatchObject({
      payer: 'user:given',
      stripe_customer_id: id,
    });
    const user = await Caller.of(app, 'given');
    await eventually(async () => {
      expect((await user.get('/subscription').expect(200)).body).toMatchObject({ tier: 'starter', status: 'active' });
      expect((await user.get('/invoices').expect(200)).body).toHaveLength(1);
      expect(await user.listCards()).toMatchObject([{ card_last4: '4242', is_default: true }]);
    });
    expect(await app.stripe.customers.retrieve(id)).toMatchObject({ metadata: { billing_payer: 'user:given' } });
    await user.post('/subscription', CARD).expect(409);
    expect(await actions('user:given')).toEqual(['customer.linked']);
    await link('user:given', id).expect(200);
    expect(await actions('user:given')).toEqual(['customer.linked']);
  });

  it('that was somebody else’s: an organization takes over what its founder bought', async () => {
    const founder = await Caller.of(app, 'founder');
    const bought = await founder.post('/subscription', CARD).expect(201);
    await app.settle();
    const id = await founder.stripeCustomerId();
    const buyer = await Caller.of(app, 'founder', { org_id: 'org_taken', org_role: 'owner' });
    await link('org:org_taken', id).expect(200);
    await app.settle();
    expect((await buyer.get('/subscription').expect(200)).body).toMatchObject({ id: bought.body.id, status: 'active' });
    expect((await founder.get('/subscription').expect(200)).body).toBeNull();
    expect((await founder.get('/invoices').expect(200)).body).toEqual([]);
    const { metadata } = (await app.stripe.customers.retrieve(id)) as { metadata: Record<string, string> };
    expect(metadata).toMatchObject({ billing_payer: 'org:org_taken' });
    expect(metadata).not.toHaveProperty('user_id');
    await founder.post('/subscription', CARD).expect(201);
  });

  it('not to one who has one, nor one that Stripe does not know, nor another installation’s', async () => {
    const id = await stranger('refused');
    const user = await Caller.of(app, 'has-one');
    await user.post('/subscription', CARD).expect(201);
    expect((await link('user:has-one', id).expect(409)).body).toMatchObject({ code: 'customer_exists' });
    await link('user:nobody-else', 'cus_unknown').expect(404);
    await link('user:nobody-else', 'sub_1').expect(400);
    const metadata = { billing_instance: '11111111-2222-4333-8444-555555555555', billing_payer: 'user:theirs' };
    const theirs = await app.stripe.customers.create({ email: 't@example.org', metadata });
    await link('user:nobody-else', theirs.id).expect(409);
    expect(await actions('user:has-one')).toEqual(['subscription.created']);
  });
});

describe('an operator deactivates a payer', () => {
  it('who gets 403 from then on, with a token and through a service key, and lets it in again', async () => {
    const { json: key } = await cli(['keys', 'create', '--name', 'host', '--scope', 'act'], app.config);
    for (const [payer, caller] of [
      ['user:barred', await Caller.of(app, 'barred')],
      ['org:barred', await Caller.of(app, 'member', { org_id: 'barred', org_role: 'owner' })],
    ] as const) {
      await caller.post('/subscription', CARD).expect(201);
      const byKey = () =>
        app.http
          .get('/subscription')
          .set('Authorization', `Bearer ${String(key.key)}`)
          .set('On-Behalf-Of', payer);
      expect((await admin.post(at(payer, '/deactivate')).expect(200)).body).toMatchObject({ is_active: false });
      await admin.post(at(payer, '/deactivate')).expect(200);
      await caller.get('/subscription').expect(403);
      await byKey().expect(403);
      await admin.post(at(payer, '/activate')).expect(200);
      expect((await caller.get('/subscription').expect(200)).body).toMatchObject({ status: 'active' });
      await byKey().expect(200);
      expect(await actions(payer)).toEqual(['payer.activated', 'payer.deactivated', 'subscription.created']);
    }
    await admin.post(at('user:nobody', '/deactivate')).expect(404);
  });
});

describe('an operator closes a payer', () => {
  const PERSONAL = /grace|hopper|\+44|harbour/i;
  /** The same where the ids of payers may stand. */
  const TEXT = /Grace Hopper|grace@hopper|Hopper Ltd|\+442079|1 Harbour/;
  const TEXTS = ['outgoing_events', 'webhook_events', 'audit_log', 'stripe_operations'];

  async function subscriber(sub: string, claims: object = {}): Promise<{ caller: Caller; customer: string }> {
    const caller = await Caller.of(app, sub, { first_name: 'Grace', last_name: 'Hopper', ...claims });
    await caller.post('/subscription', CARD).expect(201);
    const changes = {
      name: 'Grace Hopper',
      email: 'grace@hopper.example',
      phone: '+442079460000',
      address_line1: '1 Harbour',
    };
    await caller.patch('/customer', changes).expect(200);
    await app.settle();
    const [{ id }] = await app.dataSource.query<[{ id: string }]>(
      `select stripe_customer_id as id from customers where email = 'grace@hopper.example' order by id desc limit 1`,
    );
    return { caller, customer: id };
  }

  it.each([
    ['user:grace', {}],
    ['org:grace', { org_id: 'grace', org_name: 'Hopper Ltd', org_role: 'owner' }],
  ])(
    '%s: cancelled at Stripe, nothing personal left there and here, the money’s history kept',
    async (payer, claims) => {
      const { caller, customer } = await subscriber(payer.startsWith('org') ? 'gina' : 'grace', claims);
      const token = caller.authorization;
      const closed = await admin.post(at(payer, '/close')).expect(200);
      expect(closed.body).toMatchObject({ is_active: false, name: null, email: null, subscriptions: [] });
      expect(closed.body.closed_at).not.toBeNull();
      await app.settle();
      const subscriptions = await app.stripe.subscriptions.list({ customer, status: 'all' });
      expect(subscriptions.data.map(({ status }) => status)).toEqual(['canceled']);
      const left = await app.stripe.customers.retrieve(customer);
      expect(JSON.stringify({ ...left, metadata: {} })).not.toMatch(PERSONAL);
      expect((await app.stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
      const tables = ['customers', 'customer_payment_methods', 'subscriptions', 'payments'];
      for (const table of tables) {
        const rows = await app.dataSource.query<object[]>(
          `select to_jsonb(t) - 'metadata' as row from ${table} t where ${table === 'customers' ? 'id' : 'customer_id'} = $1`,
          [closed.body.customer_id],
        );
        expect(rows.length).toBeGreaterThan(0);
        expect([table, JSON.stringify(rows)]).toEqual([table, expect.not.stringMatching(PERSONAL)]);
      }
      const [{ count }] = await app.dataSource.query<[{ count: number }]>(
        'select count(*)::int as count from invoices where customer_id = $1 and amount_paid > 0',
        [closed.body.customer_id],
      );
      expect(count).toBeGreaterThan(0);
      // The token is good for another hour: it brings nothing back.
      await app.http.get('/subscription').set('Authorization', token).expect(403);
      const people = await app.dataSource.query<object[]>(
        `select email, username, first_name, last_name from users where external_id = 'grace' and closed_at is not null
       union all select name, null, null, null from organizations where external_id = 'grace' and closed_at is not null`,
      );
      expect(JSON.stringify(people)).not.toMatch(PERSONAL);
      // What Stripe sent after the closing, of invoices that keep their address.
      await app.app.get(PersonalDataRemoval).trimAll();
      for (const table of TEXTS) {
        const rows = await app.dataSource.query<{ text: string }[]>(
          `select ${table === 'webhook_events' ? `convert_from(payload, 'UTF8')` : 't::text'} as text from ${table} t`,
        );
        expect(rows.length).toBeGreaterThan(0);
        expect([table, rows.filter(({ text }) => TEXT.test(text))]).toEqual([table, []]);
      }
      await admin.post(at(payer, '/close')).expect(200);
      expect((await admin.post(at(payer, '/activate')).expect(409)).body).toMatchObject({ code: 'payer_closed' });
      expect((await actions(payer)).filter((action) => action === 'payer.closed')).toHaveLength(1);
      expect((await cli(['reconcile', '--grace', '1', '--rate', '100'], app.config)).json.drift).toEqual([]);
    },
  );

  it('who never bought anything', async () => {
    const user = await Caller.of(app, 'looker', { first_name: 'Grace' });
    await user.get('/subscription').expect(200);
    expect((await admin.post(at('user:looker', '/close')).expect(200)).body).toMatchObject({ name: null, email: null });
    await user.get('/subscription').expect(403);
    expect(await actions('user:looker')).toEqual(['payer.closed']);
  });

  it('and what a crash left open of it is carried on', async () => {
    const { caller, customer } = await subscriber('crashed');
    await app.dataSource.query(
      `insert into stripe_operations (key, customer_id, kind, request_hash, request)
       select gen_random_uuid(), id, 'payer.close', '', '{}' from customers where stripe_customer_id = $1`,
      [customer],
    );
    await eventually(async () => {
      expect((await admin.get(at('user:crashed')).expect(200)).body.closed_at).not.toBeNull();
    });
    await caller.get('/subscription').expect(403);
    expect((await app.stripe.subscriptions.list({ customer })).data).toEqual([]);
    const [entry] = (await admin.get('/audit?limit=1&payer=user:crashed').expect(200)).body as object[];
    expect(entry).toMatchObject({ actor: 'recovery', action: 'payer.closed' });
  });

  it('only once a purchase that is under way has ended', async () => {
    const { customer } = await subscriber('busy');
    const open = `insert into stripe_operations (key, customer_id, kind, request_hash, request, leased_until)
       select gen_random_uuid(), id, 'subscription.create', '', '{}', now() + interval '1 hour' from customers
       where stripe_customer_id = $1 returning key`;
    const [{ key }] = await app.dataSource.query<[{ key: string }]>(open, [customer]);
    await admin.post(at('user:busy', '/close')).expect(409);
    expect((await admin.get(at('user:busy')).expect(200)).body).toMatchObject({ is_active: false, closed_at: null });
    await app.dataSource.query(`update stripe_operations set state = 'failed' where key = $1`, [key]);
    await eventually(async () => {
      expect((await admin.get(at('user:busy')).expect(200)).body.closed_at).not.toBeNull();
    });
  });
});
