import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { dataSourceOptions } from '../../ormconfig.js';
import { migrate } from '../../src/database/migrate.js';
import { databaseUrl } from '../../src/local-stack/database-url.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/local-stack/embedded-postgres.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf } from '../support/webhook-deliveries.js';

const TIMEOUT = 90_000;
/** More than the pool has connections. */
const AT_ONCE = 24;
const ANSWERED_WITHIN_SECONDS = 10;

const directory = mkdtempSync(path.join(tmpdir(), 'billing-away-'));
let postgres: EmbeddedPostgres;
let app: TestApp;
let caller: Caller;
let paused: number[] = [];

const start = () => startEmbeddedPostgres({ directory, database: 'billing', durable: false });

beforeAll(async () => {
  postgres = await start();
  const url = databaseUrl(postgres.connection);
  await migrate(dataSourceOptions(url));
  app = await createTestApp({ database: { connection: postgres.connection, url, drop: () => Promise.resolve() } });
  caller = await Caller.create(app);
  await caller.stripeCustomerId();
}, TIMEOUT);
afterEach(resume);
afterAll(async () => {
  await app.close();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Stops the server and all its sessions: connections stay, and nothing answers. */
async function pause(): Promise<void> {
  const client = new pg.Client(postgres.connection);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where pid <> pg_backend_pid()',
  );
  await client.end();
  paused = [postgres.pid, ...rows.map(({ pid }) => pid)];
  for (const pid of paused) process.kill(pid, 'SIGSTOP');
}

function resume(): void {
  for (const pid of paused.splice(0)) {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // This session is over.
    }
  }
}

/** Status, `Retry-After` and seconds of each of many requests at once. */
async function ask(): Promise<{ status: number; retryAfter: boolean; inTime: boolean }[]> {
  const requests = Array.from({ length: AT_ONCE }, (_, count) => {
    if (count % 4 === 0)
      return () => caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' });
    if (count % 4 === 1) return () => deliver(app, eventOf('customer.updated', { id: 'cus_1', object: 'customer' }));
    return () => caller.get(count % 4 === 2 ? '/customer' : '/invoices');
  });
  return Promise.all(
    requests.map(async (send) => {
      const begun = performance.now();
      const { status, headers } = await send();
      const seconds = (performance.now() - begun) / 1000;
      return {
        status,
        retryAfter: Number(headers['retry-after']) > 0,
        inTime: seconds < ANSWERED_WITHIN_SECONDS,
      };
    }),
  );
}

const refused = Array.from({ length: AT_ONCE }, () => ({ status: 503, retryAfter: true, inTime: true }));
const works = () =>
  eventually(async () => {
    await caller.get('/customer').expect(200);
    await app.root.get('/health/ready').expect(200);
  });

describe('R6: while PostgreSQL', () => {
  it(
    'says nothing, callers hear 503 within ten seconds; afterwards all goes on by itself',
    async () => {
      // Connections that are idle in the pool are asked first.
      await Promise.all(Array.from({ length: AT_ONCE }, () => caller.get('/customer').expect(200)));
      await pause();
      expect(await ask()).toEqual(refused);
      expect(await ask()).toEqual(refused);
      resume();
      await works();
      await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    },
    TIMEOUT,
  );

  it(
    'is away, callers hear 503; afterwards all goes on by itself',
    async () => {
      await works();
      await postgres.stop();
      expect(await ask()).toEqual(refused);
      postgres = await start();
      await works();
    },
    TIMEOUT,
  );
});

describe('R7: a Stripe key that is refused', () => {
  it('is 503 for callers, and Stripe is not ready, until it is taken again', async () => {
    await works();
    const buyer = await Caller.create(app);
    await app.control('faults', { kind: 'status', status: 401, times: 1_000_000 });
    const refusal = await buyer.post('/payment-methods', { payment_method_id: 'pm_card_visa' });
    expect([refusal.status, refusal.body.code]).toEqual([503, 'stripe_unavailable']);
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0);
    const { body } = await app.root.get('/health/ready').expect(200);
    expect(body).toMatchObject({ status: 'degraded', detail: expect.stringContaining('refuses the key') });
    expect(body.parts).toContainEqual({ part: 'stripe', works: false, required: false });
    await app.control('faults/clear', {});
    await buyer.post('/payment-methods', { payment_method_id: 'pm_card_visa' }).expect(201);
    await works();
  });
});
