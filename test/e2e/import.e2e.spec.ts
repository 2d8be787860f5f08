import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '../../src/cli/program.js';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { environmentOf } from '../support/environment.js';
import { HoldingProxy } from '../support/holding-proxy.js';
import { FORMER_KEY, makeOldAccount, type OldAccount } from '../support/old-account.js';
import { contentOfAll } from '../support/tables.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.js');

let app: TestApp;
let toStripe: HoldingProxy;
let directory: string;
let account: OldAccount;
beforeAll(async () => {
  app = await createTestApp({ environment: { TRIAL_ONCE_PER: 'customer,card' } });
  toStripe = await HoldingProxy.start(() => app.sandbox.url);
  directory = mkdtempSync(path.join(tmpdir(), 'billing-import-'));
  account = await makeOldAccount(app, 12);
  writeFileSync(file('map.csv'), account.map);
  await app.settle();
}, 120_000);
afterAll(async () => {
  await toStripe.close();
  await app.close();
  rmSync(directory, { recursive: true, force: true });
});

const file = (name: string) => path.join(directory, name);
const environment = () => environmentOf(app.config, { STRIPE_API_BASE: toStripe.url });
const RULES = () => ['--map', file('map.csv'), '--metadata-key', FORMER_KEY, '--email-verified', '--rate', '100'];

interface Line {
  stripe_customer_id: string;
  payer: string | null;
  rule: string | null;
  verdict: string;
  notes: string[];
}
interface Report {
  applied: boolean;
  customers: number;
  verdicts: Record<string, number>;
  notes: Record<string, number>;
  lines: Line[];
  taken_in: { handled: Record<string, number>; failed: unknown[] } | null;
  error?: string;
}

async function run(...parameters: string[]): Promise<{ code: number; output: string }> {
  let output = '';
  const streams = { stdout: { write: (text: string) => (output += text) }, stderr: { write: () => true } };
  return { code: await runProgram(['import', ...parameters], environment(), streams), output };
}

async function report(...parameters: string[]): Promise<{ code: number } & Report> {
  const { code, output } = await run(...parameters, '--json');
  return { code, ...(JSON.parse(output) as Report) };
}

/** Starts the program itself, to be killed. */
function start(...parameters: string[]) {
  const child = spawn(process.execPath, [MAIN, 'import', ...parameters, '--json'], {
    env: { PATH: process.env.PATH, ...environment() },
    stdio: 'ignore',
  });
  return { kill: async () => (child.kill('SIGKILL'), once(child, 'exit')) };
}

describe('an import', () => {
  it('first only reports: no row is written, and nothing but reads is sent to Stripe', async () => {
    const before = await contentOfAll(app.dataSource);
    const { code, verdicts, notes, lines, applied } = await report(...RULES(), '--report', file('report.jsonl'));
    expect([code, applied, verdicts]).toEqual([0, false, account.verdicts]);
    expect(notes).toEqual({ custom_price: 2, paused: 2 });
    expect(
      lines
        .filter(({ verdict }) => verdict === 'will_link')
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual([...Array<string>(2).fill('email_verified'), ...Array<string>(8).fill('metadata_key')]);
    expect(await contentOfAll(app.dataSource)).toEqual(before);
    expect(Object.keys(toStripe.seen)).toEqual(['GET']);
    const written = readFileSync(file('report.jsonl'), 'utf8').trimEnd().split('\n');
    expect(written.map((line) => JSON.parse(line) as Line)).toEqual(lines);
  });

  it('prints a table of what to look at, with totals, and writes CSV', async () => {
    const { code, output } = await run(...RULES(), '--report', file('report.csv'));
    expect(code).toBe(0);
    expect(output).toMatch(/^stripe_customer_id +payer +rule +verdict +live_subscriptions +notes +error$/m);
    expect(output).toMatch(/^cus_\w+ +user:old-4 +metadata_key +will_link +1 +custom_price price_\w+$/m);
    expect(output).toMatch(/^deleted +2 {2}named by the map, but not at Stripe$/m);
    expect(output).toContain('Nothing was written. --apply does it.');
    const [head, ...rows] = readFileSync(file('report.csv'), 'utf8').trimEnd().split('\r\n');
    expect(head).toBe('stripe_customer_id,payer,rule,verdict,live_subscriptions,notes,error');
    expect(rows).toHaveLength(14);
  });

  it('is refused without a rule, with a map that it cannot read, and with one that says two things', async () => {
    writeFileSync(file('wrong.csv'), 'cus_1,ada\ncus_1,bob\n');
    expect((await report('--apply')).code).toBe(2);
    expect((await report('--map', file('absent.csv'))).code).toBe(1);
    const { code, error } = await report('--map', file('wrong.csv'));
    expect([code, error]).toEqual([2, expect.stringContaining('line 2: cus_1 is named for two payers')]);
  });

  it('killed while it links, and while it takes invoices in, it is resumed; applied once more it changes nothing', async () => {
    const other = app.dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query(`insert into users (external_id) values ('old-10')`);
    const linking = start(...RULES(), '--apply');
    await eventually(async () => {
      expect(await linked()).toBe(account.subs.length - 1);
    });
    await linking.kill();
    await other.rollbackTransaction();
    await other.release();

    const asked = toStripe.holdAnswer(({ path: asked }) => asked.startsWith('/v1/invoices?'));
    const taking = start(...RULES(), '--apply');
    const answer = await asked;
    await taking.kill();
    answer.drop();
    expect(await linked()).toBe(account.subs.length);

    const resumed = await report(...RULES(), '--apply');
    expect([resumed.code, resumed.taken_in?.failed]).toEqual([0, []]);
    expect(resumed.verdicts).toEqual({
      ...without(account.verdicts, 'will_link'),
      already_linked: account.subs.length,
    });
    await app.settle();
    const before = await contentOfAll(app.dataSource);
    const again = await report(...RULES(), '--apply');
    expect([again.code, again.taken_in, again.verdicts]).toEqual([0, null, resumed.verdicts]);
    expect(await contentOfAll(app.dataSource)).toEqual(before);
    expect(Object.keys(toStripe.seen)).toEqual(['GET']);
  }, 90_000);

  it('leaves the tables equal to Stripe, each link in the audit log, and each user with what is theirs', async () => {
    const { drift } = await app.app.get(ReconciliationService).reconcile({ graceSeconds: 0 });
    expect(drift).toEqual([]);
    expect(
      await app.dataSource.query(
        `select actor_kind, before, after->>'rule' as rule, count(*)::int from audit_log
         where action = 'customer.linked' group by 1, 2, 3 order by 3`,
      ),
    ).toEqual([
      { actor_kind: 'operator', before: { owner: null }, rule: 'email_verified', count: 2 },
      { actor_kind: 'operator', before: { owner: null }, rule: 'metadata_key', count: 8 },
    ]);
    const tiers = { 'old-0': 'starter', 'old-1': 'starter', 'old-2': 'starter', 'old-4': 'custom', 'old-5': 'starter' };
    for (const [sub, tier] of Object.entries(tiers)) {
      const user = await Caller.of(app, sub);
      expect((await user.get('/subscription').expect(200)).body).toMatchObject({ tier, status: 'active' });
      expect((await user.get('/invoices').expect(200)).body).toHaveLength(1);
      expect(await user.listCards()).toMatchObject([{ card_last4: '4242', is_default: true }]);
      if (tier === 'starter') await user.post('/subscription', { tier, payment_method_id: 'pm_card_visa' }).expect(409);
    }
  });

  it('keeps what was agreed: trials with one card, and two of one customer, run on', async () => {
    const statuses = async () => (await app.stripe.subscriptions.list({ status: 'trialing' })).data.map(({ id }) => id);
    const before = await statuses();
    expect(before).toHaveLength(1);
    const twice = await app.stripe.customers.create({
      metadata: { [FORMER_KEY]: 'twice' },
      payment_method: 'pm_card_visa',
    });
    const trial = { customer: twice.id, items: [{ price: app.prices.starter.month }], trial_period_days: 60 };
    await app.stripe.subscriptions.cancel((await app.stripe.subscriptions.create(trial)).id);
    const { id } = await app.stripe.subscriptions.create(trial);
    await app.settle();
    expect((await report('--metadata-key', FORMER_KEY, '--apply', '--rate', '100')).verdicts.linked).toBe(1);
    await app.stripe.subscriptions.update(id, { metadata: { looked: 'at' } });
    await app.settle();
    await noneOpen();
    expect(await statuses()).toEqual([id, ...before]);
  });

  it('is no bar to those who come later: the payer’s open customer is refused, a deleted one gives way', async () => {
    const [buyer, former] = [await Caller.of(app, 'buyer'), await Caller.of(app, 'former')];
    await buyer.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    await app.stripe.customers.del(await former.stripeCustomerId());
    await app.settle();
    const make = (sub: string) =>
      app.stripe.customers.create({ email: `${sub.trim()}@example.org`, metadata: { [FORMER_KEY]: sub } });
    const { id: second } = await make('buyer');
    const { id: better } = await make('former');
    const closed = await make('closed');
    await app.dataSource.query(`insert into users (external_id, closed_at, is_active) values ('closed', now(), false)`);
    const { id: theirs } = await app.stripe.customers.create({
      metadata: {
        [FORMER_KEY]: 'x',
        billing_instance: '11111111-2222-4333-8444-555555555555',
        billing_payer: 'user:x',
      },
    });
    const { id: wrong } = await make(' padded');
    await app.settle();
    const { lines, code } = await report('--metadata-key', FORMER_KEY, '--apply', '--rate', '100');
    const verdictOf = new Map(lines.map(({ stripe_customer_id: id, verdict }) => [id, verdict]));
    expect([second, better, closed.id, theirs, wrong].map((id) => verdictOf.get(id))).toEqual([
      'second_customer',
      'linked',
      'payer_closed',
      'other_installation',
      'invalid_payer',
    ]);
    expect(code).toBe(0);
    expect(await former.stripeCustomerId()).toBe(better);
    expect((await former.get('/customer').expect(200)).body).toMatchObject({ email: 'former@example.org' });
  });
});

function without(counts: Record<string, number>, name: string): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([other]) => other !== name));
}

async function linked(): Promise<number> {
  const [{ count }] = await app.dataSource.query<[{ count: number }]>('select count(*)::int from customers');
  return count;
}

function noneOpen(): Promise<void> {
  return eventually(async () => {
    expect(await app.dataSource.query(`select kind from stripe_operations where state = 'open'`)).toEqual([]);
  });
}
