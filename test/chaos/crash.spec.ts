import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig.js';
import { type AppConfig } from '../../src/config/app-config.js';
import { MIRRORS } from '../../src/reconciliation/mirrors.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/child-programs.js';
import { environmentOf } from '../support/environment.js';
import { type HeldAnswer } from '../support/holding-proxy.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { createTestDatabase } from '../support/test-database.js';
import { chaosSettings } from './chaos-settings.js';
import { unsettled } from './histories/invariants.js';
import { wrongOf } from './histories/judge.js';
import { comeToRest } from './histories/play.js';
import { buy, insist, live } from './load.js';
import { Random } from './ordering-model/random.js';

const CLI = path.resolve(import.meta.dirname, '../../src/cli/main.js');
const { crashes, seed } = chaosSettings();
/** Milliseconds; a server starts in a few seconds. */
const TIMEOUT = 120_000 + crashes * 20_000;

let servers: ServerProcesses;
const locks: QueryRunner[] = [];

beforeAll(async () => {
  servers = await createServerProcesses({
    environment: { INTENT_RECOVERY_AFTER_SECONDS: '1', INTENT_POLL_SECONDS: '0.5' },
  });
}, TIMEOUT);
afterEach(async () => {
  await unlock();
  await servers.control('faults/clear', {});
  await servers.control('chaos', {});
});
afterAll(() => servers.close());

describe('a server that is killed', () => {
  it.each([
    ['before it has answered', (answer: HeldAnswer) => answer.drop()],
    ['as soon as it has answered', (answer: HeldAnswer) => answer.release()],
  ])(
    'after it has stored an event and %s: the event is neither lost nor handled twice',
    async (_when, end) => {
      await servers.ensureStarted();
      const caller = await Caller.create(servers);
      const customer = await caller.stripeCustomerId();
      await servers.settle();
      const { version } = await customerRow(customer);
      await lockCustomer(customer);
      const stored = servers.toServers.holdAnswer(({ path }) => path.endsWith('/webhook'));
      await servers.stripe.customers.update(customer, { name: 'Ada Lovelace' });
      const answer = await stored;
      await servers.killAll();
      end(answer);
      await unlock();
      await survive();
      expect(await customerRow(customer)).toMatchObject({ name: 'Ada Lovelace', version: version + 1 });
      expect(await wrongOf(servers, caller)).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'after Stripe has made a subscription and before its answer came: the repeated request gets this one',
    async () => {
      await servers.ensureStarted();
      const caller = await Caller.create(servers);
      const key = randomUUID();
      const made = servers.toStripe.holdAnswer(isPurchase);
      const lost = buy(caller, key);
      const answer = await made;
      await servers.killAll();
      answer.drop();
      expect(await lost).toBeNull();
      await servers.start();
      await servers.passLeases();
      // The recovery may have it in hand just then.
      expect((await insist((again) => buy(caller, again), key)).status).toBe(201);
      await comeToRest(servers);
      expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'active' }]);
      expect([...(await unsettled(servers)), ...(await wrongOf(servers, caller))]).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'after Stripe has made a subscription, and nobody asks again: the recovery finds it',
    async () => {
      await servers.ensureStarted();
      const caller = await Caller.create(servers);
      const made = servers.toStripe.holdAnswer(isPurchase);
      const lost = buy(caller, randomUUID());
      const answer = await made;
      await servers.killAll();
      answer.drop();
      expect(await lost).toBeNull();
      await survive();
      expect((await caller.get('/subscription').expect(200)).body).toMatchObject({ status: 'active' });
      expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'active' }]);
      expect(await wrongOf(servers, caller)).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'between the answer of Stripe and its own commit: the purchase is found, and is one',
    async () => {
      await servers.ensureStarted();
      const caller = await Caller.create(servers);
      const customer = await caller.stripeCustomerId();
      await servers.settle();
      // Nothing else is to wait for the lock.
      await servers.control('chaos', { delay: 1, delay_seconds: 3 });
      const made = servers.toStripe.holdAnswer(isPurchase);
      const lost = buy(caller, randomUUID());
      const answer = await made;
      await lockCustomer(customer);
      answer.release();
      await eventually(isWaitingForLock);
      await servers.killAll();
      expect(await lost).toBeNull();
      await unlock();
      await survive();
      expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'active' }]);
      expect(await wrongOf(servers, caller)).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'in the middle of a batch of events: what was done stays done, the rest is done',
    async () => {
      await servers.ensureStarted();
      const callers = await Promise.all(Array.from({ length: 6 }, () => Caller.create(servers)));
      const customers = await Promise.all(callers.map((caller) => caller.stripeCustomerId()));
      await servers.settle();
      await lockCustomer(customers[0] ?? '');
      await Promise.all(customers.map((id) => servers.stripe.customers.update(id, { name: 'Grace' })));
      await eventually(async () => (await countEvents('processing')) === 1 && (await countEvents('received')) === 0);
      const done = await doneEvents();
      await servers.killAll();
      await unlock();
      await survive();
      expect(await doneEvents()).toEqual(expect.arrayContaining(done));
      for (const caller of callers) expect(await wrongOf(servers, caller)).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'during a backfill, between two pages and between two lists: run again, it ends complete, with nothing twice',
    async () => {
      await servers.ensureStarted();
      const caller = await Caller.create(servers);
      await live(caller);
      const coupon = { percent_off: 10, duration: 'once' } as const;
      await Promise.all(Array.from({ length: 101 }, () => servers.stripe.coupons.create(coupon)));
      await survive();
      const database = await createTestDatabase();
      const empty = await new DataSource(dataSourceOptions(database.url)).initialize();
      await copyUsers(servers.dataSource, empty);
      const backfill = () => runCli(['backfill', '--rate', '100', '--json'], servers.config, database.url);
      for (const place of [/^\/v1\/coupons\?.*starting_after/, /^\/v1\/invoices\?/]) {
        const asked = servers.toStripe.holdAnswer(({ method, path }) => method === 'GET' && place.test(path));
        const interrupted = backfill();
        const answer = await asked;
        interrupted.process.kill('SIGKILL');
        answer.drop();
        expect(await interrupted.result).toEqual({ code: null, output: '' });
        expect(await empty.query(`select handled from repair_progress where name = 'backfill.coupons'`)).toEqual([
          { handled: place.test('/v1/invoices?') ? await countCoupons() : 100 },
        ]);
      }
      // What is complete is not read again.
      await servers.control('faults', { kind: 'status', status: 400, method: 'GET', path: '/v1/coupons', times: 100 });
      const { code, output } = await backfill().result;
      await servers.control('faults/clear', {});
      const report = JSON.parse(output) as { handled: Record<string, number>; failed: unknown[] };
      const stored = await countRows(empty);
      expect([code, report.failed, report.handled]).toEqual([0, [], stored]);
      expect(stored).toMatchObject({ ...(await countRows(servers.dataSource)), coupons: await countCoupons() });
      expect(await empty.query('select name from repair_progress')).toEqual([]);
      expect(await wrongOf({ ...servers, dataSource: empty }, caller)).toEqual([]);
      await empty.destroy();
      await database.drop();
    },
    TIMEOUT,
  );

  it(
    'at random moments under load: every customer has what it bought, once',
    async () => {
      const random = new Random(seed);
      const callers = await Promise.all(Array.from({ length: 8 }, () => Caller.create(servers)));
      await servers.ensureStarted();
      let loading = true;
      const load = Promise.all(callers.map((caller) => live(caller)));
      void load.finally(() => (loading = false));
      for (let count = 0; count < crashes && loading; count++) {
        await wait(random.between(50, 1_500));
        await servers.killAll();
        await servers.passLeases();
        await servers.start();
      }
      await load;
      await survive();
      for (const caller of callers) {
        expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'active', cancel_at_period_end: false }]);
        expect(await wrongOf(servers, caller)).toEqual([]);
      }
    },
    TIMEOUT,
  );
});

/** Starts a server if there is none, lets time pass and waits until everything has come to rest. */
async function survive(): Promise<void> {
  await servers.ensureStarted();
  await servers.passLeases();
  await comeToRest(servers);
  expect(await unsettled(servers)).toEqual([]);
}

/** The program itself, with the service's configuration and another database. */
function runCli(parameters: string[], config: AppConfig, databaseUrl: string) {
  const program = spawn(process.execPath, [CLI, ...parameters], {
    env: { PATH: process.env.PATH, ...environmentOf(config, { DATABASE_URL: databaseUrl }) },
  });
  let output = '';
  program.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const result = once(program, 'close').then(([code]) => ({ code: code as number | null, output }));
  return { process: program, result };
}

async function copyUsers(from: DataSource, to: DataSource): Promise<void> {
  const users = await from.query<{ id: number; external_id: string }[]>('select id, external_id from users');
  for (const { id, external_id: sub } of users)
    await to.query(`insert into users (id, external_id, role) values ($1, $2, 'user')`, [id, sub]);
}

async function countRows(dataSource: DataSource): Promise<Record<string, number>> {
  const counts = MIRRORS.map(async ({ table }) => {
    const [{ count }] = await dataSource.query<[{ count: number }]>(`select count(*)::int as count from ${table}`);
    return [table, count] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

async function countCoupons(): Promise<number> {
  let count = 0;
  for await (const _coupon of servers.stripe.coupons.list({ limit: 100 })) count += 1;
  return count;
}

function isPurchase({ method, path }: { method: string; path: string }): boolean {
  return method === 'POST' && path === '/v1/subscriptions';
}

async function subscriptionsOf(caller: Caller) {
  const { data } = await servers.stripe.customers.list({ email: `${caller.sub}@example.com` });
  expect(data).toHaveLength(1);
  return (await servers.stripe.subscriptions.list({ customer: data[0]?.id ?? '', status: 'all' })).data;
}

async function customerRow(stripeCustomerId: string): Promise<{ version: number }> {
  const [row] = await servers.dataSource.query<[{ version: number }]>(
    'select * from customers where stripe_customer_id = $1',
    [stripeCustomerId],
  );
  return row;
}

/** Makes every process wait that is about to write the row of the customer. */
async function lockCustomer(stripeCustomerId: string): Promise<void> {
  const runner = servers.dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query('select id from customers where stripe_customer_id = $1 for update', [stripeCustomerId]);
  locks.push(runner);
}

async function unlock(): Promise<void> {
  for (const runner of locks.splice(0)) {
    await runner.rollbackTransaction();
    await runner.release();
  }
}

async function isWaitingForLock(): Promise<boolean> {
  const waiting = await servers.dataSource.query<unknown[]>(
    `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return waiting.length > 0;
}

async function countEvents(state: string): Promise<number> {
  const [{ count }] = await servers.dataSource.query<[{ count: number }]>(
    'select count(*)::int as count from webhook_events where state = $1',
    [state],
  );
  return count;
}

function doneEvents(): Promise<object[]> {
  return servers.dataSource.query<object[]>(
    `select event_id, attempts, processed_at from webhook_events where state = 'done'`,
  );
}
