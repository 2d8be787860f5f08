import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };
const OWNER = { org_role: 'owner' };
let count = 0;
const newOrganization = () => `org_${++count}`;
const member = (sub: string, org_id: string, claims: object = {}) => Caller.of(app, sub, { org_id, ...claims });

/** The one Stripe customer of an organization, as Stripe has it. */
async function customerOf(organization: string) {
  const rows = await app.dataSource.query<{ id: string }[]>(
    `select stripe_customer_id as id from customers c join organizations o on o.id = c.organization_id
     where o.external_id = $1`,
    [organization],
  );
  expect(rows).toHaveLength(1);
  const customer = await app.stripe.customers.retrieve(rows[0]?.id ?? '');
  if (customer.deleted === true) throw new Error('deleted');
  return customer;
}

describe('an organization as a customer', () => {
  it('is one at Stripe: its name, the e-mail of who buys, and whose it is', async () => {
    const id = newOrganization();
    const buyer = await member('bea', id, { ...OWNER, org_name: 'Shop', first_name: 'Bea' });
    await buyer.post('/subscription', CARD).expect(201);
    const customer = await customerOf(id);
    expect(customer).toMatchObject({ name: 'Shop', email: 'bea@example.com' });
    const [{ instance, organization }] = await app.dataSource.query<[{ instance: string; organization: number }]>(
      `select instance_id as instance, o.id as organization from installation, organizations o where external_id = $1`,
      [id],
    );
    const metadata = { billing_instance: instance, billing_payer: `org:${id}`, organization_id: String(organization) };
    expect(customer.metadata).toMatchObject(metadata);
    expect(customer.metadata).not.toHaveProperty('user_id');
    const [subscription] = (await app.stripe.subscriptions.list({ customer: customer.id })).data;
    expect(subscription?.metadata).toMatchObject(metadata);
  });

  it('has what any of its buyers bought, keeps its e-mail, and every member reads it', async () => {
    const id = newOrganization();
    const [first, second] = [await member('bea', id, OWNER), await member('bob', id, { org_role: ['x', 'billing'] })];
    const bought = await first.post('/subscription', CARD).expect(201);
    await second.patch(`/subscription/${String(bought.body.id)}`, { tier: 'professional' }).expect(200);
    await second.patch('/customer', { email: 'billing@shop.example.com' }).expect(200);
    await first.post('/subscription', CARD).expect(409);
    const reader = await member('mel', id, { org_role: 'member' });
    expect((await reader.get('/subscription').expect(200)).body).toMatchObject({ tier: 'professional' });
    expect((await customerOf(id)).email).toBe('billing@shop.example.com');
  });

  it('has no member that changes anything without a role that buys', async () => {
    const id = newOrganization();
    for (const org_role of [undefined, 'member', 'Owner', 'org:member', ['reader']]) {
      const reader = await member('mel', id, { org_role });
      const refused = await reader.post('/subscription', CARD).expect(403);
      expect(refused.body).toMatchObject({
        code: 'buyer_role_required',
        detail: expect.stringMatching(/may read only/),
      });
    }
    expect(
      await app.dataSource.query(
        'select * from customers c join organizations o on o.id = c.organization_id where o.external_id = $1',
        [id],
      ),
    ).toEqual([]);
  });

  it('makes no administrator of its owner, and an administrator no buyer', async () => {
    const id = newOrganization();
    const owner = await member('bea', id, { org_role: 'admin' });
    await owner.get('/webhook-events').expect(403);
    const admin = await member('root', id, { role: 'admin' });
    await admin.get('/webhook-events').expect(200);
    await admin.post('/subscription', CARD).expect(403);
  });

  it('has another customer, other cards and invoices than the same person privately', async () => {
    const id = newOrganization();
    const [atWork, privately] = [await member('pat', id, OWNER), await Caller.of(app, 'pat')];
    const [forWork, own] = [
      await atWork.post('/subscription', CARD).expect(201),
      await privately.post('/subscription', { ...CARD, payment_method_id: 'pm_card_mastercard' }).expect(201),
    ];
    expect((await atWork.listCards()).map(({ card_brand }) => card_brand)).toEqual(['visa']);
    expect((await privately.listCards()).map(({ card_brand }) => card_brand)).toEqual(['mastercard']);
    await privately.post(`/subscription/${String(forWork.body.id)}/cancel`).expect(404);
    await atWork.post(`/subscription/${String(own.body.id)}/cancel`).expect(404);
    await privately.patch(`/subscription/${String(own.body.id)}`, { tier: 'professional' }).expect(200);
    await app.settle();
    const invoicesOf = async (caller: Caller) =>
      (await caller.get('/invoices').expect(200)).body as { id: number; amount_paid: number }[];
    const [works, owns] = [await invoicesOf(atWork), await invoicesOf(privately)];
    expect([works.length, owns.length]).toEqual([1, 2]);
    expect(works).toMatchObject([{ amount_paid: 29 }]);
    for (const { id } of owns) await atWork.get(`/invoices/${id}`).expect(404);
    for (const { id } of works) await privately.get(`/invoices/${id}`).expect(404);
    const cards = [await atWork.listCards(), await privately.listCards()] as const;
    await atWork.post(`/payment-methods/${cards[1][0]?.id ?? 0}/default`).expect(404);
    await privately.delete(`/payment-methods/${cards[0][0]?.id ?? 0}`).expect(404);
  });

  it('is read whole by a member who changes nothing of it, whatever route it tries', async () => {
    const id = newOrganization();
    const buyer = await member('bea', id, OWNER);
    const bought = (await buyer.post('/subscription', CARD).expect(201)).body as { id: number };
    await app.settle();
    const reader = await member('mel', id, { org_role: 'member' });
    for (const path of [
      '/customer',
      '/subscription',
      '/subscriptions',
      '/payment-methods',
      '/invoices',
      '/entitlements',
    ])
      expect((await reader.get(path).expect(200)).body).toEqual((await buyer.get(path).expect(200)).body);
    const [card] = await buyer.listCards();
    const [invoice] = (await buyer.get('/invoices').expect(200)).body as { id: number }[];
    const path = `/subscription/${bought.id}`;
    for (const refused of [
      await reader.post('/checkout', { tier: 'starter' }),
      await reader.patch(path, { tier: 'professional' }),
      await reader.put(`${path}/seats`, { quantity: 1 }),
      await reader.post(`${path}/cancel`),
      await reader.post(`${path}/reactivate`),
      await reader.post(`${path}/resume`),
      await reader.delete(`${path}/scheduled-change`),
      await reader.patch('/customer', { name: 'Mine' }),
      await reader.post('/payment-methods', { payment_method_id: 'pm_card_visa' }),
      await reader.post('/payment-methods/setup-intent'),
      await reader.post(`/payment-methods/${card?.id ?? 0}/default`),
      await reader.delete(`/payment-methods/${card?.id ?? 0}`),
      await reader.post(`/invoices/${invoice?.id ?? 0}/pay`),
    ])
      expect([refused.status, refused.body.code]).toEqual([403, 'buyer_role_required']);
    expect((await buyer.get('/subscription')).body).toMatchObject({ id: bought.id, tier: 'starter', status: 'active' });
  });

  it('has idempotency keys, leases and failures of its own', async () => {
    const id = newOrganization();
    const key = 'the-same-key-everywhere';
    const [atWork, privately] = [await member('kim', id, OWNER), await Caller.of(app, 'kim')];
    const answers = await Promise.all(
      [atWork, privately].map((caller) => caller.post('/subscription', CARD).set('Idempotency-Key', key).expect(201)),
    );
    expect(answers[0]?.body.id).not.toBe(answers[1]?.body.id);
    const colleague = await member('lee', id, OWNER);
    const repeated = await colleague.post('/subscription', CARD).set('Idempotency-Key', key).expect(201);
    expect(repeated.headers['idempotent-replayed']).toBe('true');
    expect(repeated.body.id).toBe(answers[0]?.body.id);
  });

  it('makes one customer of ten first purchases at once', async () => {
    const id = newOrganization();
    const buyers = await Promise.all(Array.from({ length: 10 }, (_, n) => member(`many-${n}`, id, OWNER)));
    const statuses = (await Promise.all(buyers.map((buyer) => buyer.post('/subscription', CARD)))).map(
      ({ status }) => status,
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([201, 409]));
    const { id: customer } = await customerOf(id);
    const named = (await app.stripe.customers.list({ limit: 100 })).data.filter(
      ({ metadata }) => metadata.billing_payer === `org:${id}`,
    );
    expect(named.map((found) => found.id)).toEqual([customer]);
  });

  it('that is deactivated lets none of its members in', async () => {
    const id = newOrganization();
    const buyer = await member('bea', id, OWNER);
    await buyer.get('/subscription').expect(200);
    await app.dataSource.query('update organizations set is_active = false where external_id = $1', [id]);
    expect((await buyer.get('/subscription').expect(403)).body).toMatchObject({ code: 'organization_inactive' });
    await (await Caller.of(app, 'bea')).get('/subscription').expect(200);
  });

  it('that several claims could mean is none', async () => {
    const refused = await (await Caller.of(app, 'bea', { org_id: ['a', 'b'] })).get('/subscription').expect(403);
    expect(refused.body).toMatchObject({ code: 'organization_ambiguous' });
    for (const org_id of [5, { id: 'a' }, ' a', 'a'.repeat(256)])
      await (await Caller.of(app, 'bea', { org_id })).get('/subscription').expect(401);
  });
});

describe('law 6: the database refuses', () => {
  const rows = `(select id from users limit 1) u, (select id from organizations o
    where exists (select from customers where organization_id = o.id) limit 1) o`;
  const insert = (columns: string, values: string) =>
    `insert into customers (${columns} email) select ${values} 'x@example.com' from ${rows}`;

  it.each([
    ['a second customer of an organization', insert('organization_id,', 'o.id,'), 'customers_organization_id_key'],
    ['a customer without a payer', insert('', ''), 'customers_payer_check'],
    ['a customer of two payers', insert('user_id, organization_id,', 'u.id, o.id,'), 'customers_payer_check'],
    ['the end of an organization with a customer', 'delete from organizations', 'customers_organization_id_fkey'],
  ])('%s', async (_fact, statement, constraint) => {
    await expect(app.dataSource.query(statement)).rejects.toMatchObject({ constraint });
  });
});

describe('a removed member', () => {
  const admin = () => Caller.of(app, 'root', { role: 'admin' });

  it('gets 404 from every route of the organization at once, and nothing privately or elsewhere', async () => {
    const id = `org/ä ${newOrganization()}`;
    const buyer = await member('bea|1', id, OWNER);
    const bought = await buyer.post('/subscription', CARD).expect(201);
    const path = `/organizations/${encodeURIComponent(id)}/members/${encodeURIComponent('bea|1')}`;
    await (await admin()).delete(path).expect(204);
    for (const answer of [
      await buyer.get('/subscription'),
      await buyer.get('/customer'),
      await buyer.post('/payment-methods', { payment_method_id: 'pm_card_visa' }),
      await buyer.post(`/subscription/${String(bought.body.id)}/cancel`),
    ])
      expect([answer.status, answer.body.detail]).toEqual([404, 'Organization not found']);
    await (await member('bea|1', newOrganization(), OWNER)).get('/subscription').expect(200);
    await (await Caller.of(app, 'bea|1')).get('/subscription').expect(200);
    expect((await (await member('bob', id, OWNER)).get('/subscription').expect(200)).body).toMatchObject({
      id: bought.body.id,
      status: 'active',
    });
  });

  it('is let in again by a token that was issued later, and by none that does not say when', async () => {
    const id = newOrganization();
    const old = await member('bea', id, OWNER);
    await (await admin()).delete(`/organizations/${id}/members/bea`).expect(204);
    await old.get('/subscription').expect(404);
    const iat = Math.floor(Date.now() / 1000) + 2;
    await (await member('bea', id, { ...OWNER, iat })).get('/subscription').expect(200);
    await (await admin()).delete(`/organizations/${id}/members/bea`).expect(204);
    await (await member('bea', id, { ...OWNER, iat: undefined })).get('/subscription').expect(404);
  });

  it('can be barred before either was seen here', async () => {
    const id = newOrganization();
    const unseen = await member('new', id, OWNER);
    await (await admin()).delete(`/organizations/${id}/members/new`).expect(204);
    await unseen.get('/subscription').expect(404);
  });

  it('is barred by administrators alone', async () => {
    const id = newOrganization();
    await (await member('bea', id, OWNER)).delete(`/organizations/${id}/members/mel`).expect(403);
  });
});

describe('an organization at Stripe', () => {
  it('comes back by its metadata into an empty database', async () => {
    const other = await createTestApp();
    try {
      const buyer = await Caller.of(other, 'bea', { org_id: 'org_lost', org_name: 'Lost', ...OWNER });
      await buyer.post('/subscription', CARD).expect(201);
      await other.settle();
      const [{ id }] = await other.dataSource.query<[{ id: string }]>('select instance_id as id from installation');
      await other.dataSource.query(
        `truncate users, organizations, customers, subscriptions, invoices, payments, refunds, stripe_operations,
         customer_payment_methods, webhook_events cascade`,
      );
      await other.dataSource.query('update installation set instance_id = $1', [id]);
      expect((await cli(['backfill', '--rate', '100'], other.config)).code).toBe(0);
      expect(
        await other.dataSource.query(
          `select o.external_id, c.name, s.tier from customers c join organizations o on o.id = c.organization_id
           join subscriptions s on s.customer_id = c.id`,
        ),
      ).toEqual([{ external_id: 'org_lost', name: 'Lost', tier: 'starter' }]);
      expect((await buyer.get('/subscription').expect(200)).body).toMatchObject({ tier: 'starter' });
    } finally {
      await other.close();
    }
  });
});
