import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseUrl } from '../../src/local-stack/database-url.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/local-stack/embedded-postgres.js';
import { Caller } from '../support/caller.js';
import { type HeldAnswer } from '../support/holding-proxy.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { unsettled } from './histories/invariants.js';
import { wrongOf } from './histories/judge.js';
import { comeToRest } from './histories/play.js';
import { buy, insist, live } from './load.js';

const TIMEOUT = 240_000;
const POOL_SIZE = 3;

const directory = mkdtempSync(path.join(tmpdir(), 'billing-faults-'));
const startPostgres = () => startEmbeddedPostgres({ directory, database: 'billing', durable: false });
let postgres: EmbeddedPostgres;
let servers: ServerProcesses;
/** What the server wrote to its error output when it ended, which it must not. */
let lastWords: string | null = null;

beforeAll(async () => {
  postgres = await startPostgres();
  const database = { url: databaseUrl(postgres.connection), drop: () => postgres.stop() };
  servers = await createServerProcesses({
    database,
    environment: { INTENT_RECOVERY_AFTER_SECONDS: '1', DATABASE_POOL_SIZE: String(POOL_SIZE) },
  });
  const server = await servers.start();
  server.process.once('close', () => (lastWords = server.errors()));
}, TIMEOUT);
afterEach(async () => {
  await servers.control('faults/clear', {});
  servers.toStripe.delayMs = 0;
  expect(lastWords).toBeNull();
});
afterAll(async () => {
  await servers.close();
  rmSync(directory, { recursive: true, force: true });
}, TIMEOUT);

describe('every customer has what it bought, once, although', () => {
  it(
    'PostgreSQL is stopped and started',
    async () => {
      const callers = await newCallers(6);
      const load = Promise.all(callers.map((caller) => live(caller)));
      for (let count = 0; count < 2; count++) {
        await wait(500);
        await postgres.stop();
        await wait(1_000);
        postgres = await startPostgres();
        await servers.passLeases();
      }
      await load;
      await expectAllWell(callers);
    },
    TIMEOUT,
  );

  it(
    'Stripe is away',
    async () => {
      const callers = await newCallers(4);
      await servers.control('faults', { kind: 'break_before', path: '/v1/**', times: 1_000_000 });
      const answers = await Promise.all(callers.map((caller) => buy(caller, randomUUID())));
      expect(answers.map((answer) => answer?.status)).toEqual(callers.map(() => 503));
      const load = Promise.all(callers.map((caller) => live(caller)));
      await wait(500);
      await servers.control('faults/clear', {});
      await load;
      await expectAllWell(callers);
    },
    TIMEOUT,
  );

  it(
    'Stripe does the work and answers 500',
    async () => {
      const callers = await newCallers(4);
      await servers.control('faults', {
        kind: 'status',
        status: 500,
        after: true,
        path: '/v1/subscriptions',
        times: 6,
      });
      await servers.control('faults', {
        kind: 'status',
        status: 500,
        after: true,
        method: 'POST',
        path: '/v1/**',
        times: 20,
      });
      await servers.control('faults', { kind: 'break_after', method: 'POST', path: '/v1/**', times: 10 });
      await Promise.all(callers.map((caller) => live(caller)));
      await expectAllWell(callers);
    },
    TIMEOUT,
  );

  it(
    'Stripe limits the rate, and without anybody noticing',
    async () => {
      const callers = await newCallers(3);
      await servers.control('faults', { kind: 'status', status: 429, path: '/v1/**', times: 12 });
      const answers = await Promise.all(callers.map((caller) => buy(caller, randomUUID())));
      expect(answers.map((answer) => answer?.status)).toEqual([201, 201, 201]);
      await Promise.all(callers.map((caller) => live(caller)));
      await expectAllWell(callers);
    },
    TIMEOUT,
  );

  it(
    'Stripe says how long to wait: nothing is sent again before',
    async () => {
      const [caller] = await newCallers(1);
      if (caller === undefined) throw new Error('nobody');
      await caller.stripeCustomerId();
      const fault = { kind: 'status', status: 429, retry_after: 2, method: 'POST', path: '/v1/subscriptions' };
      await servers.control('faults', fault);
      const begin = performance.now();
      expect((await buy(caller, randomUUID()))?.status).toBe(201);
      expect(performance.now() - begin).toBeGreaterThan(2_000);
      await live(caller);
      await expectAllWell([caller]);
    },
    TIMEOUT,
  );

  it(
    'Stripe is slow: whoever waits for it holds no connection to the database',
    async () => {
      const [reader, ...buyers] = await newCallers(2 * POOL_SIZE);
      if (reader === undefined) throw new Error('nobody');
      await insist((key) => buy(reader, key));
      const held = buyers.map(() => servers.toStripe.holdAnswer(({ method }) => method === 'POST'));
      const loads = Promise.all(buyers.map((caller) => live(caller)));
      const answers: HeldAnswer[] = await Promise.all(held);
      // Each of them got as far as Stripe; nobody's second try stands in for another one.
      expect(new Set(answers.map(({ request }) => request.body)).size).toBe(buyers.length);
      const begin = performance.now();
      expect((await reader.get('/subscription')).body).toMatchObject({ status: 'active' });
      expect(performance.now() - begin).toBeLessThan(5_000);
      answers.forEach((answer) => answer.release());
      servers.toStripe.delayMs = 200;
      await loads;
      await live(reader);
      await expectAllWell([reader, ...buyers]);
    },
    TIMEOUT,
  );
});

function newCallers(count: number): Promise<Caller[]> {
  return Promise.all(Array.from({ length: count }, () => Caller.create(servers)));
}

async function expectAllWell(callers: readonly Caller[]): Promise<void> {
  await servers.passLeases();
  await comeToRest(servers);
  expect(await unsettled(servers)).toEqual([]);
  for (const caller of callers) {
    const { data } = await servers.stripe.customers.list({ email: `${caller.sub}@example.com` });
    const list = await servers.stripe.subscriptions.list({ customer: data[0]?.id ?? '', status: 'all' });
    expect(list.data).toMatchObject([{ status: 'active', cancel_at_period_end: false }]);
    expect(await wrongOf(servers, caller)).toEqual([]);
  }
}
