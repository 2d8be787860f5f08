import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from '../support/cli.js';
import { environmentOf } from '../support/environment.js';
import { HoldingProxy } from '../support/holding-proxy.js';
import { FORMER_KEY, makeOldAccount, type OldAccount } from '../support/old-account.js';
import { contentOfAll } from '../support/tables.js';
import { configWith, createTestApp, type TestApp } from '../support/test-app.js';
import { chaosSettings } from './chaos-settings.js';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.js');
const { importedCustomers: CUSTOMERS } = chaosSettings();
const TIMEOUT = 120_000 + CUSTOMERS * 600;
/** In which the month passes, each settled before the next, as time that passes is. */
const STEPS = [10, 10, 11, 1];
const DAY = 86_400;
const STANDSTILL_SECONDS = 30;

let app: TestApp;
let toStripe: HoldingProxy;
let directory: string;
let account: OldAccount;
beforeAll(async () => {
  app = await createTestApp({
    environment: { TRIAL_ONCE_PER: 'customer,card' },
    // The service comes to an account that has long been running.
    enabledEvents: ['balance.available'],
  });
  toStripe = await HoldingProxy.start(() => app.sandbox.url);
  directory = mkdtempSync(path.join(tmpdir(), 'billing-import-'));
  account = await timed('made', () => makeOldAccount(app, CUSTOMERS));
  writeFileSync(path.join(directory, 'map.csv'), account.map);
}, TIMEOUT);
afterAll(async () => {
  await toStripe.close();
  await app.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Report {
  verdicts: Record<string, number>;
  taken_in: { handled: Record<string, number>; ignored: number; failed: unknown[] } | null;
}

const parameters = (...more: string[]) => [
  'import',
  ...['--map', path.join(directory, 'map.csv'), '--metadata-key', FORMER_KEY, '--email-verified', '--rate', '100'],
  ...more,
];

async function report(...more: string[]): Promise<Report & { code: number }> {
  const { code, json } = await cli(parameters(...more), configWith(app, { STRIPE_API_BASE: toStripe.url }));
  return { code, ...(json as unknown as Report) };
}

/** Runs it as a program and kills it once Stripe has been asked for this. */
async function killedAt(fits: (path: string) => boolean): Promise<void> {
  const asked = toStripe.holdAnswer(({ path }) => fits(path));
  const child = spawn(process.execPath, [MAIN, ...parameters('--apply', '--json')], {
    env: { PATH: process.env.PATH, ...environmentOf(app.config, { STRIPE_API_BASE: toStripe.url }) },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const answer = await asked;
  child.kill('SIGKILL');
  await exited;
  answer.drop();
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const before = { ...toStripe?.seen };
  const result = await work();
  const calls = Object.entries(toStripe?.seen ?? {}).map(
    ([method, count]) => `${count - (before[method] ?? 0)} ${method}`,
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${CUSTOMERS} customers ${what}: ${seconds} s, ${calls.join(', ') || 'no call'}\n`);
  return result;
}

/** What every subscription of the account is, but for what a month moves. */
async function contracts(): Promise<string[]> {
  const all: string[] = [];
  for await (const { id, customer, status, trial_end, items } of app.stripe.subscriptions.list({
    status: 'all',
    limit: 100,
  }))
    all.push(JSON.stringify([id, customer, status, trial_end, items.data[0]?.price.id]));
  return all.sort();
}

async function paidSince(seconds: number): Promise<string[]> {
  const customers: string[] = [];
  for await (const { status, amount, customer } of app.stripe.paymentIntents.list({
    created: { gt: seconds },
    limit: 100,
  }))
    if (status === 'succeeded' && amount > 0) customers.push(JSON.stringify(customer));
  return customers;
}

/** Until all that a step has brought is delivered and handled, and what had to be done for it is done. */
async function rest(): Promise<void> {
  for (let last = '', still = performance.now(); performance.now() - still < STANDSTILL_SECONDS * 1000;) {
    const { pending } = (await app.control('deliveries/flush', {})) as { pending: number };
    const [{ events, operations }] = await app.dataSource.query<[{ events: number; operations: number }]>(
      `select (select count(*)::int from webhook_events where state in ('received', 'processing')) as events,
              (select count(*)::int from stripe_operations where state = 'open') as operations`,
    );
    if (pending + events + operations === 0) return;
    const progress = [pending, events, operations].join(' ');
    if (progress !== last) still = performance.now();
    last = progress;
    await wait(50);
  }
  throw new Error('What a step has brought is not handled');
}

describe(`an account of ${CUSTOMERS} customers in six shapes`, () => {
  it(
    'is proposed without a write, taken in although it is killed, and the same when it is applied once more',
    async () => {
      const empty = await contentOfAll(app.dataSource);
      const proposed = await timed('proposed', () => report());
      expect([proposed.code, proposed.verdicts, proposed.taken_in]).toEqual([0, account.verdicts, null]);
      expect(await contentOfAll(app.dataSource)).toEqual(empty);

      await timed('killed', () => killedAt((path) => /^\/v1\/customers\/cus_\w+\/payment_methods/.test(path)));
      const applied = await timed('applied', () => report('--apply'));
      expect([applied.code, applied.taken_in?.failed]).toEqual([0, []]);
      process.stdout.write(`taken in: ${JSON.stringify(applied.taken_in?.handled)}\n`);
      expect(applied.verdicts).toEqual({
        ...Object.fromEntries(Object.entries(account.verdicts).filter(([verdict]) => verdict !== 'will_link')),
        already_linked: account.subs.length,
      });
      const once = await contentOfAll(app.dataSource);
      const again = await timed('applied again', () => report('--apply'));
      expect([again.code, again.verdicts]).toEqual([0, applied.verdicts]);
      expect(await contentOfAll(app.dataSource)).toEqual(once);
      expect(once.outgoing_events).toEqual([]);
      expect(Object.keys(toStripe.seen)).toEqual(['GET']);
    },
    TIMEOUT,
  );

  it(
    'is charged in the month after for what ran before, and for nothing else',
    async () => {
      const before = await contracts();
      const [endpoint] = (await app.stripe.webhookEndpoints.list()).data;
      await app.stripe.webhookEndpoints.update(endpoint?.id ?? '', { enabled_events: ['*'] });
      const { now } = (await app.control('state')) as { now: number };
      await timed('a month older', async () => {
        for (const days of STEPS) {
          await app.control('advance', { seconds: days * DAY });
          await rest();
        }
      });
      const paid = await paidSince(now);
      expect([paid.length, new Set(paid).size]).toEqual([account.renewing, account.renewing]);
      expect(await contracts()).toEqual(before);
      const { code, json } = await timed('compared', () =>
        cli(['reconcile', '--rate', '100', '--grace', '1'], configWith(app, { STRIPE_API_BASE: toStripe.url })),
      );
      expect([code, json.drift]).toEqual([0, []]);
    },
    TIMEOUT,
  );
});
