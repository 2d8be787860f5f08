import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '../../src/cli/program.js';
import { environmentOf } from '../support/environment.js';
import { makeRichUser, type RichUser } from '../support/rich-account.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { customerRow, deliver, eventOf, inboxCount, reaches } from '../support/webhook-deliveries.js';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.js');
const TOKEN = path.resolve(import.meta.dirname, '../../src/cli/token.js');
/** The sandbox takes more calls a second than Stripe. */
const FAST = ['--rate', '100'];
const URL = 'https://billing.example.com/api/v1/billing/webhook';

let app: TestApp;
let user: RichUser;
beforeAll(async () => {
  app = await createTestApp({ environment: { DUPLICATE_POLICY: 'flag', WEBHOOK_MAX_ATTEMPTS: '1' } });
  user = await makeRichUser(app);
  await app.settle();
}, 300_000);
afterAll(() => app.close());

interface Printed {
  code: number;
  output: string;
  errors: string;
}

interface Result extends Printed {
  json: { [name: string]: unknown };
}

/** Runs a command as the program does; `--json` is added. */
async function cli(parameters: string[], changes: Record<string, string> = {}): Promise<Result> {
  let output = '';
  let errors = '';
  const code = await runProgram([...parameters, '--json'], environmentOf(app.config, changes), {
    stdout: { write: (text) => (output += text) },
    stderr: { write: (text) => (errors += text) },
  });
  return { code, output, errors, json: JSON.parse(output) as Result['json'] };
}

/** Runs the program itself, as a person does. */
function program(...parameters: string[]): Promise<Printed> {
  return start(MAIN, parameters);
}

async function start(main: string, parameters: string[]): Promise<Printed> {
  const child = spawn(process.execPath, [main, ...parameters], {
    env: { PATH: process.env.PATH, ...environmentOf(app.config) },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, errors };
}

describe('the program', () => {
  it('tells how it is used, with exit code 2, for what it does not understand', async () => {
    for (const parameters of [
      ['fly'],
      ['events'],
      ['events', 'list', '--state', 'gone'],
      ['reconcile', '--rate', 'x'],
      ['reconcile', '--grace', '0'],
    ]) {
      const { code, output, errors } = await program(...parameters);
      expect([parameters, code, output]).toEqual([parameters, 2, '']);
      expect(errors).toContain('Usage: npm run cli -- ');
    }
    const { code, json } = await cli(['fly']);
    expect([code, json.error]).toEqual([2, 'There is no command fly']);
  }, 60_000);

  it('tells how each command is used, with exit code 0, when it is asked', async () => {
    for (const [parameters, option] of [
      [[], 'stripe:setup'],
      [['--help'], 'stripe:setup'],
      [['migrate', '--help'], '--down'],
      [['backfill', '--help'], '--restart'],
      [['reconcile', '--help'], '--grace <seconds>'],
      [['events', '--help'], 'replay'],
      [['events', 'list', '--help'], '--state <state>'],
      [['events', 'show', '--help'], '<id>'],
      [['events', 'replay', '--help'], '--failed'],
      [['events', 'drop', '--help'], '<id>'],
      [['doctor', '--help'], 'check configuration'],
      [['stripe:setup', '--help'], '--url <address>'],
    ] as const) {
      let [output, errors] = ['', ''];
      const code = await runProgram(
        parameters,
        {},
        { stdout: { write: (text) => (output += text) }, stderr: { write: (text) => (errors += text) } },
      );
      expect([parameters, code, errors]).toEqual([parameters, 0, '']);
      expect(output).toContain(`Usage: npm run cli -- ${parameters.filter((word) => word !== '--help').join(' ')}`);
      expect(output).toContain(option);
      expect(output).toContain('--json');
    }
  });

  it('prints why it does not understand as JSON, where JSON is asked for, and nothing else', async () => {
    for (const [parameters, reason] of [
      [['events'], /command is missing/],
      [['events', 'fly'], /no command fly/],
      [['events', 'replay'], /an event or --failed/],
      [['events', 'replay', 'evt_1', '--failed'], /an event or --failed/],
      [['migrate', '--up'], /unknown option '--up'/],
      [['migrate', 'twice'], /too many arguments/],
      [['backfill', '--rate', '101'], /number up to 100/],
      [['stripe:setup', '--url', 'nowhere'], /must be an address/],
    ] as const) {
      const { code, json, errors } = await cli([...parameters]);
      expect([parameters, code, errors]).toEqual([parameters, 2, '']);
      expect(json).toEqual({ error: expect.stringMatching(reason) });
    }
  });

  it('does what is asked, tells a person, and ends', async () => {
    const { code, output, errors } = await program('reconcile', ...FAST);
    expect([code, errors]).toEqual([0, '']);
    expect(output).toMatch(/customers/);
  }, 60_000);
});

/** A purchase whose process died just now, before Stripe heard of it. */
async function leaveOperationOpen(): Promise<void> {
  await app.dataSource.query(
    `insert into stripe_operations (key, customer_id, kind, request_hash, request)
     select gen_random_uuid(), id, 'subscription.create', repeat('0', 64), '{}' from customers
     where stripe_customer_id = $1`,
    [user.stripeCustomerId],
  );
}

describe('reconcile', () => {
  it('ends with 0 without drift, 1 with drift, and 0 once --fix has repaired it and settled open intents', async () => {
    expect(await cli(['reconcile', ...FAST])).toMatchObject({ code: 0, json: { drift: [], pending: 0 } });
    await app.dataSource.query(`update customers set name = 'Drifted' where stripe_customer_id = $1`, [
      user.stripeCustomerId,
    ]);
    const drift = { table: 'customers', stripe_id: user.stripeCustomerId, kind: 'different' };
    expect(await cli(['reconcile', '--grace', '1', ...FAST])).toMatchObject({
      code: 1,
      json: { drift: [{ ...drift, fixed: false }] },
    });
    await leaveOperationOpen();
    expect(await cli(['reconcile', '--fix', '--grace', '1', ...FAST])).toMatchObject({
      code: 0,
      json: { drift: [{ ...drift, fixed: true }], intents: { closed: 1, failed: 0 } },
    });
    expect(await app.dataSource.query(`select 1 from stripe_operations where state = 'open'`)).toEqual([]);
    const [{ result }] = await app.dataSource.query<[{ result: object }]>(
      `select result from repair_progress where name = 'reconcile'`,
    );
    expect(result).toEqual({ drift: 1, fixed: 1 });
  }, 300_000);
});

describe('backfill', () => {
  it('takes in the account', async () => {
    const { code, json, errors } = await cli(['backfill', ...FAST]);
    expect(code).toBe(0);
    expect(json).toMatchObject({ failed: [], handled: { customers: 1, refunds: 1 } });
    expect(errors).toBe('');
  }, 300_000);

  it('says what to do where migrations are missing', async () => {
    const database: TestDatabase = await createTestDatabase();
    try {
      await app.dataSource.query('select 1');
      const changes = { DATABASE_URL: database.url };
      await cli(['migrate', '--down'], changes);
      const { code, json } = await cli(['backfill'], changes);
      expect(code).toBe(1);
      expect(json.error).toContain('npm run cli -- migrate');
      expect(await cli(['doctor'], changes)).toMatchObject({
        code: 1,
        json: { checks: expect.arrayContaining([expect.objectContaining({ name: 'migrations', state: 'fail' })]) },
      });
    } finally {
      await database.drop();
    }
  }, 300_000);
});

describe('events', () => {
  it('lists, shows and replays', async () => {
    const customer = await app.stripe.customers.retrieve(user.stripeCustomerId);
    const soon = Math.floor(Date.now() / 1000) + 3600;
    const event = eventOf('customer.updated', { ...customer, invoice_settings: undefined }, { created: soon });
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'failed');
    const list = await cli(['events', 'list', '--state', 'failed', '--type', 'customer.updated']);
    expect(list).toMatchObject({ code: 0, json: { events: [{ event_id: event.id, state: 'failed' }], next: null } });
    const shown = await cli(['events', 'show', event.id]);
    expect(shown).toMatchObject({ code: 0, json: { last_error: expect.stringContaining('TypeError') } });
    expect(shown.json.payload).toMatchObject({ id: event.id });
    const mended = { ...event, created: Math.floor(Date.now() / 1000), data: { object: customer } };
    await app.dataSource.query('update webhook_events set payload = $2 where event_id = $1', [
      event.id,
      Buffer.from(JSON.stringify(mended)),
    ]);
    expect(await cli(['events', 'replay', event.id])).toMatchObject({ code: 0, json: { event_id: event.id } });
    await reaches(app, event.id, 'done');
    expect(await cli(['events', 'replay', '--failed'])).toMatchObject({ code: 0, json: { replayed: 0 } });
    expect(await cli(['events', 'show', 'evt_unknown'])).toMatchObject({
      code: 1,
      json: { error: expect.any(String) },
    });
    expect(await customerRow(app, user.stripeCustomerId)).not.toBeNull();
  }, 300_000);

  it('R2: drops one that does harm, and no other', async () => {
    const before = await inboxCount(app);
    const event = eventOf('customer.updated', {});
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'ignored');
    expect(await cli(['events', 'drop', event.id])).toMatchObject({ code: 0, json: { event_id: event.id } });
    expect(await cli(['events', 'drop', event.id])).toMatchObject({ code: 1, json: { error: expect.any(String) } });
    expect(await inboxCount(app)).toBe(before);
  }, 120_000);
});

describe('doctor', () => {
  const states = ({ json }: Result) =>
    Object.fromEntries((json.checks as { name: string; state: string }[]).map(({ name, state }) => [name, state]));

  it('finds nothing to do where all is well', async () => {
    const result = await cli(['doctor']);
    expect(states(result)).toEqual({
      configuration: 'ok',
      features: 'ok',
      proxy: 'ok',
      database: 'ok',
      migrations: 'ok',
      inbox: 'ok',
      intents: 'ok',
      'stripe key': 'ok',
      prices: 'ok',
      'webhook endpoint': 'ok',
      clock: 'ok',
      instance: 'ok',
    });
    expect(result.code).toBe(0);
    expect(result.output).not.toContain(app.webhookSecret);
    expect(result.output).not.toContain(app.config.env.STRIPE_SECRET_KEY);
  }, 300_000);

  it('names what is wrong and says what to do', async () => {
    const price = await cli(['doctor'], { STRIPE_STARTER_MONTHLY_PRICE_ID: 'price_unknown' });
    expect([price.code, states(price).prices]).toEqual([1, 'fail']);
    expect(price.output).toContain('stripe:setup');
    const database = await cli(['doctor'], { DATABASE_URL: 'postgres://127.0.0.1:1/nothing' });
    expect([database.code, states(database).database]).toEqual([1, 'fail']);
    const configuration = await cli(['doctor'], { TRIAL_DAYS: 'many' });
    expect([configuration.code, states(configuration).configuration]).toEqual([1, 'fail']);
    expect(configuration.output).toContain('TRIAL_DAYS');
    const [endpoint] = (await app.stripe.webhookEndpoints.list()).data;
    await app.stripe.webhookEndpoints.update(endpoint?.id ?? '', { enabled_events: ['invoice.paid'] });
    const subscribed = await cli(['doctor']);
    expect([subscribed.code, states(subscribed)['webhook endpoint']]).toEqual([1, 'fail']);
    expect(subscribed.output).toContain('customer.updated');
    await app.stripe.webhookEndpoints.update(endpoint?.id ?? '', { enabled_events: ['*'] });
  }, 300_000);

  it('warns of customers at Stripe that a copy of this database has made', async () => {
    const copy = await createTestDatabase();
    await app.control('advance', { seconds: 3_600 });
    const result = await cli(['doctor'], { DATABASE_URL: copy.url });
    expect(states(result).instance).toBe('warn');
    expect(result.output).toContain('must not share the Stripe account');
    await copy.drop();
  }, 300_000);
});

describe('stripe:setup', () => {
  it('makes what is missing, tells the secret once, and changes nothing the second time', async () => {
    const first = await cli(['stripe:setup', '--url', URL]);
    expect(first.code).toBe(0);
    expect(first.json.environment).toMatchObject({
      STRIPE_STARTER_MONTHLY_PRICE_ID: app.prices.starter.month,
      STRIPE_WEBHOOK_SECRET: expect.stringMatching(/^whsec_/),
    });
    const made = await app.stripe.webhookEndpoints.list();
    const second = await cli(['stripe:setup', '--url', URL]);
    expect(second.json.environment).not.toHaveProperty('STRIPE_WEBHOOK_SECRET');
    expect(second.output).not.toContain('whsec_');
    expect((await app.stripe.webhookEndpoints.list()).data).toEqual(made.data);
    const [endpoint] = made.data.filter(({ url }) => url === URL);
    expect(endpoint).toMatchObject({ status: 'enabled', enabled_events: expect.arrayContaining(['invoice.paid']) });
    await app.stripe.webhookEndpoints.update(endpoint?.id ?? '', { enabled_events: ['invoice.paid'], disabled: true });
    await cli(['stripe:setup', '--url', URL]);
    expect((await app.stripe.webhookEndpoints.list()).data).toEqual(made.data);
    await app.stripe.webhookEndpoints.del(endpoint?.id ?? '');
  }, 300_000);
});

describe('token', () => {
  const token = (...parameters: string[]) => start(TOKEN, parameters);

  it('tells how it is used, with exit code 0 when it is asked and 2 for what it does not understand', async () => {
    const help = await token('--help');
    expect(help).toMatchObject({ code: 0, errors: '' });
    expect(help.output).toContain('Usage: npm run --silent token -- ');
    for (const parameters of [[], ['--sub', ' '], ['--sub', 'alice', '--admin'], ['alice']]) {
      const { code, output, errors } = await token(...parameters);
      expect([parameters, code, output]).toEqual([parameters, 2, '']);
      expect(errors).toContain('--sub <subject>');
    }
  }, 60_000);

  it('prints the token and nothing else, or as JSON', async () => {
    const claims = ['--sub', 'alice', '--email', 'a@example.com', '--role', 'admin'];
    const { code, output, errors } = await token(...claims);
    expect([code, errors]).toEqual([0, '']);
    expect(output).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(JSON.parse(Buffer.from(output.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      sub: 'alice',
      email: 'a@example.com',
    });
    expect(JSON.parse((await token(...claims, '--json')).output)).toEqual({ token: expect.any(String) });
  }, 60_000);
});
