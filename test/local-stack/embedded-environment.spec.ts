import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import Stripe from 'stripe';
import { DataSource } from 'typeorm';
import { AppConfig } from '../../src/config/app-config.js';
import { type EmbeddedEnvironment, prepareEmbeddedEnvironment } from '../../src/local-stack/embedded-environment.js';
import { embeddedJwtSecret } from '../../src/local-stack/embedded-state.js';
import { STRIPE_API_VERSION } from '../../src/stripe/api-version.js';

type Environment = EmbeddedEnvironment['environment'];
/** Leaves PostgreSQL out where only the sandbox matters. */
const SANDBOX_ONLY = { STRIPE_SANDBOX: 'embedded', DATABASE_URL: 'postgresql://db.example.com/billing' };
const EVENTS = ['customer.subscription.updated', 'invoice.paid'];
const PRICES = [
  ['STRIPE_STARTER_MONTHLY_PRICE_ID', 2_900, 'month'],
  ['STRIPE_STARTER_YEARLY_PRICE_ID', 29_000, 'year'],
  ['STRIPE_PROFESSIONAL_MONTHLY_PRICE_ID', 7_900, 'month'],
  ['STRIPE_PROFESSIONAL_YEARLY_PRICE_ID', 79_000, 'year'],
  ['STRIPE_ENTERPRISE_MONTHLY_PRICE_ID', 19_900, 'month'],
  ['STRIPE_ENTERPRISE_YEARLY_PRICE_ID', 199_000, 'year'],
] as const;

function stripeOf(environment: Environment): Stripe {
  const { hostname: host, port } = new URL(environment.STRIPE_API_BASE ?? '');
  return new Stripe(environment.STRIPE_SECRET_KEY ?? '', { host, port, protocol: 'http', telemetry: false });
}

describe('prepareEmbeddedEnvironment with nothing configured', () => {
  let directory: string;
  let embedded: EmbeddedEnvironment;
  const log: string[] = [];
  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'environment-test-'));
    const given = { BILLING_DATA_DIR: directory, SANDBOX_PORT: '0', PORT: '8123' };
    embedded = await prepareEmbeddedEnvironment(given, {
      log: (message) => log.push(message),
      webhookEvents: EVENTS,
      serving: true,
    });
  });
  afterAll(async () => {
    await embedded.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('completes an empty environment to one that the service accepts', () => {
    const { environment, sandboxUrl } = embedded;
    const config = AppConfig.parse(environment);
    expect(config.sandbox).toBe(true);
    expect(environment).toMatchObject({
      STRIPE_API_BASE: sandboxUrl,
      FRONTEND_URL: 'http://127.0.0.1:8123',
      PORT: '8123',
    });
  });

  it('gives a DATABASE_URL that pg and TypeORM understand, to a durable server', async () => {
    const { environment } = embedded;
    const client = new pg.Client(environment.DATABASE_URL);
    await client.connect();
    expect((await client.query('show fsync')).rows).toEqual([{ fsync: 'on' }]);
    await client.end();
    const dataSource = await new DataSource({ type: 'postgres', url: environment.DATABASE_URL ?? '' }).initialize();
    expect(await dataSource.query('select current_database() as name')).toEqual([{ name: 'billing' }]);
    await dataSource.destroy();
  });

  it('puts the six prices and one webhook endpoint in place', async () => {
    const { environment } = embedded;
    const stripe = stripeOf(environment);
    for (const [variable, amount, interval] of PRICES) {
      const price = await stripe.prices.retrieve(environment[variable] ?? '');
      expect(price).toMatchObject({ active: true, currency: 'usd', unit_amount: amount, recurring: { interval } });
    }
    const { data } = await stripe.webhookEndpoints.list();
    expect(data).toMatchObject([
      {
        url: 'http://127.0.0.1:8123/api/v1/billing/webhook',
        enabled_events: EVENTS,
        api_version: STRIPE_API_VERSION,
        status: 'enabled',
      },
    ]);
  });

  it('keeps its secrets to itself', () => {
    const { environment } = embedded;
    expect(statSync(path.join(directory, 'embedded.json')).mode & 0o777).toBe(0o600);
    const written = [
      ...log,
      readFileSync(path.join(directory, 'postgres/postgres.log'), 'utf8'),
      readFileSync(path.join(directory, 'stripe-sandbox/sandbox.log'), 'utf8'),
    ].join('\n');
    for (const name of ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'AUTH_JWT_SECRET']) {
      expect(written).not.toContain(environment[name]);
    }
  });
});

describe('prepareEmbeddedEnvironment', () => {
  let directory: string;
  const prepared: EmbeddedEnvironment[] = [];
  const prepare = async (given: Environment = {}, serving = true) => {
    const environment = { BILLING_DATA_DIR: directory, SANDBOX_PORT: '0', ...given };
    const embedded = await prepareEmbeddedEnvironment(environment, {
      log: () => undefined,
      webhookEvents: EVENTS,
      serving,
      durable: false,
    });
    prepared.push(embedded);
    return embedded;
  };
  beforeEach(() => {
    directory = path.join(mkdtempSync(path.join(tmpdir(), 'environment-test-')), 'data');
  });
  afterEach(async () => {
    for (const { stop } of prepared.splice(0)) await stop();
    rmSync(path.dirname(directory), { recursive: true, force: true });
  });

  it('gives the same keys, prices and addresses on every start, and makes nothing twice', async () => {
    const first = await prepare();
    await first.stop();
    const second = await prepare();
    expect(second.environment).toEqual(first.environment);
    const stripe = stripeOf(second.environment);
    expect((await stripe.products.list()).data).toHaveLength(3);
    expect((await stripe.prices.list()).data).toHaveLength(6);
    expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1);
  });

  it('gives two programs that start at once the same parts', async () => {
    const [server, cli] = await Promise.all([prepare(), prepare({}, false)]);
    expect(cli.environment).toEqual(server.environment);
    expect((await stripeOf(cli.environment).products.list()).data).toHaveLength(3);
  });

  it('moves the webhook endpoint with the server, and leaves it where it is for other programs', async () => {
    const server = await prepare({ ...SANDBOX_ONLY, PORT: '8123' });
    const cli = await prepare({ ...SANDBOX_ONLY, PORT: '8124' }, false);
    const url = async () => (await stripeOf(server.environment).webhookEndpoints.list()).data.map((one) => one.url);
    expect(await url()).toEqual(['http://127.0.0.1:8123/api/v1/billing/webhook']);
    const moved = await prepare({ ...SANDBOX_ONLY, PORT: '8125' });
    expect(await url()).toEqual(['http://127.0.0.1:8125/api/v1/billing/webhook']);
    const secrets = [server, cli, moved].map(({ environment }) => environment.STRIPE_WEBHOOK_SECRET);
    expect(new Set(secrets).size).toBe(1);
  });

  it('sets everything up anew when the data of the sandbox were removed', async () => {
    const first = await prepare(SANDBOX_ONLY);
    await first.stop();
    rmSync(path.join(directory, 'stripe-sandbox'), { recursive: true });
    const { environment } = await prepare(SANDBOX_ONLY);
    const { data } = await stripeOf(environment).webhookEndpoints.list();
    expect(data).toHaveLength(1);
    expect(environment.STRIPE_WEBHOOK_SECRET).not.toBe(first.environment.STRIPE_WEBHOOK_SECRET);
    await stripeOf(environment).prices.retrieve(environment.STRIPE_STARTER_MONTHLY_PRICE_ID ?? '');
  });

  it('tells the secret of its bearer tokens before anything was started', async () => {
    const secret = await embeddedJwtSecret(directory);
    expect((await prepare(SANDBOX_ONLY)).environment.AUTH_JWT_SECRET).toBe(secret);
  });

  it("leaves the caller's database, frontend and issuer alone", async () => {
    const given = {
      ...SANDBOX_ONLY,
      FRONTEND_URL: 'https://shop.example.com',
      AUTH_JWKS_URL: 'https://id.example.com/keys',
    };
    const { environment, parts } = await prepare(given);
    expect(parts).toEqual({ postgres: false, sandbox: true });
    expect(environment).toMatchObject(given);
    expect(environment.AUTH_JWT_SECRET).toBeUndefined();
    expect(existsSync(path.join(directory, 'postgres'))).toBe(false);
  });

  it('starts and writes nothing when everything is configured', async () => {
    const given = { DATABASE_URL: 'postgresql://db.example.com/billing', STRIPE_SECRET_KEY: 'sk_test_123' };
    const { environment, parts } = await prepare(given);
    expect(parts).toEqual({ postgres: false, sandbox: false });
    expect(environment).toEqual({ BILLING_DATA_DIR: directory, SANDBOX_PORT: '0', ...given });
    expect(existsSync(directory)).toBe(false);
  });

  it('takes a free port for PORT=0 and points the webhook endpoint at it', async () => {
    const { environment } = await prepare({ ...SANDBOX_ONLY, PORT: '0' });
    expect(Number(environment.PORT)).toBeGreaterThan(0);
    const { data } = await stripeOf(environment).webhookEndpoints.list();
    expect(data.map((endpoint) => endpoint.url)).toEqual([
      `http://127.0.0.1:${environment.PORT}/api/v1/billing/webhook`,
    ]);
  });
});
