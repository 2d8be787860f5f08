import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { anyFreePort } from '../../src/local-stack/ports.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { operationsOf } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
/** Between the service and the sandbox, where the sandbox looks like Stripe and the time is what a test sets. */
let stripe: Server;
let stripeIsAhead = 0;

beforeAll(async () => {
  const sandboxPort = await anyFreePort();
  stripe = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = 'GET', headers, url = '/' } = request;
      const body = chunks.length === 0 ? null : Buffer.concat(chunks);
      const sent = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name));
      void fetch(`http://127.0.0.1:${sandboxPort}${url}`, { method, headers: sent as [string, string][], body }).then(
        async (answer) => {
          const date = new Date(Date.now() + stripeIsAhead * 1000).toUTCString();
          const content = Buffer.from(await answer.arrayBuffer());
          response.writeHead(answer.status, { 'content-type': 'application/json', date }).end(content);
        },
        () => response.destroy(),
      );
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => stripe.once('listening', resolve));
  const { port } = stripe.address() as AddressInfo;
  app = await createTestApp({
    environment: { STRIPE_API_BASE: `http://127.0.0.1:${port}`, STRIPE_SANDBOX: '' },
    sandbox: { port: sandboxPort },
  });
});
afterEach(() => app.control('faults/clear', {}));
afterAll(async () => {
  await app.close();
  stripe.closeAllConnections();
  stripe.close();
});

const PURCHASE = { tier: 'starter', payment_method_id: 'pm_card_visa' };

function leaseOf(caller: Caller, until: string, owner: string | null): Promise<unknown> {
  return app.dataSource.query(
    `update stripe_operations set leased_until = ${until}, leased_by = $2
     where state = 'open' and customer_id = (select c.id from customers c join users u on u.id = c.user_id where u.external_id = $1)`,
    [caller.sub, owner],
  );
}

/** A purchase that Stripe did not answer. */
async function openPurchase(): Promise<Caller> {
  const caller = await Caller.create(app);
  await caller.stripeCustomerId();
  await app.control('faults', { kind: 'break_before', method: 'POST', path: '/v1/subscriptions', times: 3 });
  await caller.post('/subscription', PURCHASE).expect(503);
  return caller;
}

describe('the lease of a purchase', () => {
  it.each([
    ['a process that is gone', 'free at once', randomUUID(), 201],
    ['no process that is known, as one of the release before', 'held for its time', null, 409],
  ])('of %s is %s', async (_who, _what, owner, status) => {
    const caller = await openPurchase();
    await leaseOf(caller, `now() + interval '2 minutes'`, owner);
    if (owner !== null)
      await app.dataSource.query(`insert into service_processes values ($1, now() - interval '4 seconds')`, [owner]);
    await eventually(async () => {
      if (owner === null) return;
      expect(await app.dataSource.query('select from service_processes where id = $1', [owner])).toEqual([]);
    });
    await caller.post('/subscription', PURCHASE).expect(status);
  });

  it('is of this process while Stripe is asked', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    const limited = { kind: 'status', status: 429, retry_after: 1, method: 'GET', path: '/v1/checkout/sessions' };
    await app.control('faults', { ...limited, times: 1 });
    const waiting = caller.post('/subscription', PURCHASE).then(({ status }) => status);
    await eventually(async () => {
      const owners = await app.dataSource.query<unknown[]>(
        `select from stripe_operations join service_processes p on p.id = leased_by where state = 'open'`,
      );
      expect(owners).toHaveLength(1);
    });
    expect(await waiting).toBe(201);
  });
});

describe('an open purchase', () => {
  it.each([
    ['19 hours', 201],
    ['21 hours', 409],
  ])(
    'of %s ago is repeated only as long as Stripe surely knows its keys, which it keeps for 24 hours: %i',
    async (age, status) => {
      const caller = await openPurchase();
      const [operation] = await operationsOf(app, caller.sub, 'subscription.create');
      await app.dataSource.query(`update stripe_operations set created_at = now() - $2::interval where key = $1`, [
        operation?.key,
        age,
      ]);
      await caller.post('/subscription', PURCHASE).expect(status);
    },
  );
});

describe('a clock that is half a minute off the one of Stripe', () => {
  it('takes the process out of readiness until it is right', async () => {
    const ready = async () => (await app.root.get('/health/ready')).body as { parts: object[]; status: string };
    const clock = (works: boolean) => ({ part: 'clock', works, required: true });
    await eventually(async () => expect((await ready()).parts).toContainEqual(clock(true)));
    stripeIsAhead = -45;
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const { status, parts } = await ready();
    expect(status).toBe('unavailable');
    expect(parts).toContainEqual(clock(false));
    stripeIsAhead = 0;
    await caller.addCard('pm_card_mastercard');
    expect((await ready()).parts).toContainEqual(clock(true));
  });
});
