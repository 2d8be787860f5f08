import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { type EventReceiver, startEventReceiver } from '../support/event-receiver.js';
import { eventually } from '../support/eventually.js';
import { createServerProcesses } from '../support/server-processes.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
let admin: Caller;
const receivers: EventReceiver[] = [];
beforeAll(async () => {
  app = await createTestApp();
  admin = await Caller.of(app, 'root', { role: 'admin' });
});
afterEach(async () => {
  await app.dataSource.query('delete from outgoing_endpoints');
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});
afterAll(() => app.close());

const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };

async function receive(answer?: Parameters<typeof startEventReceiver>[0]): Promise<EventReceiver> {
  const receiver = await startEventReceiver(answer);
  receivers.push(receiver);
  return receiver;
}

async function endpoint(url: string, types?: string[]): Promise<{ id: number; secret: string }> {
  const body = { url, ...(types === undefined ? {} : { types }) };
  return (await admin.post('/outgoing-endpoints', body).expect(201)).body as { id: number; secret: string };
}

const write = async (userId: string, count: number) => {
  for (let one = 0; one < count; one++)
    await app.dataSource.query(
      `insert into outgoing_events (type, user_id, object_type, data)
       values ('customer.updated', $1, 'customer', '{"object":{},"previous":null}')`,
      [userId],
    );
};
const newPayers = async (count: number) => {
  const users = await Promise.all(Array.from({ length: count }, () => Caller.create(app)));
  await Promise.all(users.map((user) => user.get('/customer').expect(200)));
  return Promise.all(users.map((user) => user.userId()));
};
const nothingWaits = async () => {
  const [{ count }] = await app.dataSource.query<[{ count: number }]>(
    `select (select count(*) from outgoing_events where position is null)::int
       + (select count(*) from outgoing_deliveries where failed_at is null)::int as count`,
  );
  expect(count).toBe(0);
};
const delivered = () => eventually(nothingWaits);
/** Everything that waits is due now. */
const passTime = () =>
  app.dataSource.query('update outgoing_deliveries set next_attempt_at = now() where leased_by is null');

/** Each payer's events came without a gap, none after a newer one. */
function expectInOrder(taken: ReturnType<EventReceiver['taken']>): void {
  for (const payer of new Set(taken.map((event) => event.payer))) {
    const own = taken.filter((event) => event.payer === payer).map(({ sequence }) => sequence);
    expect([payer, own]).toEqual([payer, own.map((_, index) => (own[0] ?? 0) + index)]);
  }
}

describe('deliveries of outgoing events', () => {
  it('bring each change once, in order per payer, signed as Standard Webhooks', async () => {
    const receiver = await receive();
    const { secret } = await endpoint(receiver.url);
    const user = await Caller.create(app);
    const bought = await user.post('/subscription', CARD).expect(201);
    await user.post(`/subscription/${String(bought.body.id)}/cancel`, { cancel_at_period_end: false }).expect(200);
    await app.settle();
    await delivered();
    expect(receiver.taken()).toEqual((await user.get('/events?limit=100').expect(200)).body);
    for (const { body, headers } of receiver.deliveries) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
      expect(headers['webhook-id']).toBe((JSON.parse(body) as { id: string }).id);
    }
  });

  it('come in order to a receiver that fails three in ten, each event taken once', async () => {
    let calls = 0;
    const receiver = await receive(() => (calls++ % 10 < 3 ? 500 : 200));
    await endpoint(receiver.url);
    const payers = await newPayers(10);
    await Promise.all(payers.map((id) => write(id, 20)));
    await eventually(async () => {
      await passTime();
      await nothingWaits();
    });
    const taken = receiver.taken();
    expect(taken).toHaveLength(200);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(200);
    expectInOrder(taken);
  }, 60_000);

  it('wait for a receiver that is away, and do not hold up another one', async () => {
    let away = true;
    const receiver = await receive(() => (away ? 503 : 200));
    const other = await receive();
    await endpoint(receiver.url);
    await endpoint(other.url);
    const [id = ''] = await newPayers(1);
    await write(id, 5);
    await eventually(() => Promise.resolve(expect(other.taken()).toHaveLength(5)));
    expect(receiver.taken()).toEqual([]);
    expect(new Set(receiver.deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    away = false;
    await eventually(async () => {
      await passTime();
      await nothingWaits();
    });
    expect(receiver.taken().map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  }, 30_000);

  it('are given up after three days, wait for an operator, and come again', async () => {
    let away = true;
    const receiver = await receive(() => (away ? 500 : 200));
    const { id } = await endpoint(receiver.url);
    const [payer = ''] = await newPayers(1);
    await write(payer, 2);
    await eventually(() => Promise.resolve(expect(receiver.deliveries.length).toBeGreaterThan(0)));
    await app.dataSource.query(`update outgoing_deliveries set first_attempt_at = now() - interval '73 hours'`);
    await eventually(async () => {
      await passTime();
      await app.dataSource.query(`update outgoing_deliveries set first_attempt_at = now() - interval '73 hours'`);
      expect((await admin.get('/outgoing-endpoints').expect(200)).body).toMatchObject([{ id, waiting: 0, failed: 2 }]);
    });
    expect((await app.root.get('/metrics').expect(200)).text).toContain('billing_outgoing_dead_letters 2');
    away = false;
    await admin.post(`/outgoing-endpoints/${id}/replay`).expect(200, { queued: 2 });
    await delivered();
    expect(receiver.taken().map(({ sequence }) => sequence)).toEqual([1, 2]);
    const again = await cli(['webhooks', 'replay', String(id), '--after', '0'], app.config);
    expect(Number(again.json.queued)).toBeGreaterThanOrEqual(2);
    await delivered();
    expectInOrder(receiver.taken().slice(2));
  }, 60_000);

  it('bring the types that the endpoint asked for, follow no redirect, and stop when it is removed', async () => {
    const receiver = await receive();
    const elsewhere = await receive(() => 302);
    await endpoint(receiver.url, ['invoice.paid']);
    const { id } = await endpoint(elsewhere.url);
    const user = await Caller.create(app);
    await user.post('/subscription', CARD).expect(201);
    await app.settle();
    await eventually(() => {
      expect(receiver.taken().map(({ type }) => type)).toEqual(['invoice.paid']);
      expect(elsewhere.deliveries.length).toBeGreaterThan(0);
      return Promise.resolve();
    });
    expect(elsewhere.taken()).toEqual([]);
    await admin.delete(`/outgoing-endpoints/${id}`).expect(204);
    await admin.delete(`/outgoing-endpoints/${id}`).expect(404);
    await delivered();
  }, 30_000);

  it('rest while the endpoint is disabled: what waits goes on after, what happened meanwhile by a replay', async () => {
    let away = true;
    const receiver = await receive(() => (away ? 503 : 200));
    const { id } = await endpoint(receiver.url);
    const [payer = ''] = await newPayers(1);
    await write(payer, 1);
    await eventually(() => Promise.resolve(expect(receiver.deliveries.length).toBeGreaterThan(0)));
    const { body } = await admin.patch(`/outgoing-endpoints/${id}`, { enabled: false }).expect(200);
    expect(body).toMatchObject({ id, enabled: false, waiting: 1 });
    away = false;
    await write(payer, 1);
    await eventually(async () => {
      expect(await app.dataSource.query('select from outgoing_events where position is null')).toEqual([]);
    });
    await passTime();
    expect(receiver.taken()).toEqual([]);
    expect((await cli(['webhooks', 'disable', String(id)], app.config)).json).toMatchObject({ id, enabled: false });
    expect((await cli(['webhooks', 'enable', String(id)], app.config)).json).toMatchObject({ id, enabled: true });
    await delivered();
    expect(receiver.taken().map(({ sequence }) => sequence)).toEqual([1]);
    const { json } = await cli(
      ['webhooks', 'replay', String(id), '--after', receiver.taken()[0]?.id ?? ''],
      app.config,
    );
    expect(json).toEqual({ queued: 1 });
    await delivered();
    expect(receiver.taken().map(({ sequence }) => sequence)).toEqual([1, 2]);
    const entries = await admin.get(`/audit?object=outgoing_endpoint:${id}`).expect(200);
    expect((entries.body as { actor: string; action: string }[]).map(({ actor, action }) => [actor, action])).toEqual([
      ['operator', 'outgoing_endpoint.replayed'],
      ['operator', 'outgoing_endpoint.enabled'],
      ['user', 'outgoing_endpoint.disabled'],
      ['user', 'outgoing_endpoint.created'],
    ]);
    await admin.patch(`/outgoing-endpoints/${id}`, {}).expect(400);
    await admin.patch('/outgoing-endpoints/999999', { enabled: true }).expect(404);
    expect((await cli(['webhooks', 'enable', '999999'], app.config)).code).toBe(1);
  }, 60_000);

  it('go where an operator says, whose secret is shown once and whose acts are in the audit log', async () => {
    const made = await cli(
      ['webhooks', 'add', '--url', 'https://app.example.com/x', '--types', 'invoice.paid'],
      app.config,
    );
    expect(made.json).toMatchObject({ secret: expect.stringMatching(/^whsec_/), types: ['invoice.paid'] });
    const listed = await cli(['webhooks', 'list'], app.config);
    expect(JSON.stringify(listed.json)).not.toContain('whsec_');
    expect((await cli(['webhooks', 'remove', String(made.json.id)], app.config)).code).toBe(0);
    expect((await cli(['webhooks', 'remove', String(made.json.id)], app.config)).code).toBe(1);
    expect((await cli(['webhooks', 'add', '--url', 'https://a.example', '--types', 'x'], app.config)).code).toBe(2);
    const entries = await admin.get(`/audit?object=outgoing_endpoint:${String(made.json.id)}`).expect(200);
    expect(entries.body).toMatchObject([
      { actor: 'operator', action: 'outgoing_endpoint.removed' },
      { actor: 'operator', action: 'outgoing_endpoint.created', after: { types: ['invoice.paid'] } },
    ]);
    for (const body of [{ url: 'ftp://x' }, { url: 'https://a:b@x.example' }, { url: 'https://x.example', types: [] }])
      await admin.post('/outgoing-endpoints', body).expect(400);
    await (await Caller.create(app)).get('/outgoing-endpoints').expect(403);
  });
});

describe('a service that is killed', () => {
  it('between the commit and the delivery delivers each event after all, in order', async () => {
    const receiver = await startEventReceiver();
    const servers = await createServerProcesses();
    try {
      await servers.start();
      const added = await cli(['webhooks', 'add', '--url', receiver.url], servers.config);
      expect(added.code).toBe(0);
      const user = await Caller.of(servers, 'survivor');
      for (let round = 0; round < 3; round++) {
        await servers.ensureStarted();
        await user.patch('/customer', { name: `Ada ${round}` }).expect(200);
        await servers.killAll();
      }
      await user.get('/plans').catch(() => undefined);
      await servers.ensureStarted();
      await eventually(async () => {
        const { body } = await user.get('/events?limit=100').expect(200);
        const names = (body as { data: { object: { name: string } } }[]).map(({ data }) => data.object.name);
        expect(names.at(-1)).toBe('Ada 2');
        const ids = receiver.taken().map(({ id }) => id);
        expect([...new Set(ids)]).toEqual((body as { id: string }[]).map(({ id }) => id));
      });
    } finally {
      await servers.close();
      await receiver.close();
    }
  }, 90_000);
});
