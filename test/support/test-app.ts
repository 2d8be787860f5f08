import { type AddressInfo } from 'node:net';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { SignJWT } from 'jose';
import Stripe from 'stripe';
import request, { type Agent } from 'supertest';
import { DataSource } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import { BASE_PATH } from '../../src/http/app.js';
import { createLogger } from '../../src/common/logging.js';
import { AppConfig } from '../../src/config/app-config.js';
import { CatalogueGateway } from '../../src/catalogue/catalogue.gateway.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../src/webhooks/event-routes.js';
import { readCatalogue } from '../../src/catalogue/catalogue-file.js';
import { ensureBuiltInPrices, pushCatalogue } from '../../src/catalogue/catalogue-push.js';
import { closeApp, startApp as bootApp } from '../../src/http/server.js';
import { STRIPE_API_VERSION } from '../../src/stripe/api-version.js';
import { createSandbox, type Sandbox, type SandboxOptions } from 'stripe-sandbox';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export const JWT_SECRET = 'a-secret-of-the-tests-with-more-than-32-characters';
export const STRIPE_KEY = 'sk_test_of_the_tests';

export interface TestAppOptions {
  /** Environment variables that differ from the test defaults. */
  environment?: Record<string, string>;
  /** Fills the Stripe account before the service starts, and returns further variables. */
  prepare?: (stripe: Stripe) => Promise<Record<string, string>>;
  sandbox?: SandboxOptions;
  /** Default: one of the test run's own server. */
  database?: TestDatabase;
  /** Event types that the sandbox delivers; default: those that the service asks Stripe for. */
  enabledEvents?: Stripe.WebhookEndpointCreateParams['enabled_events'];
  /** Adds what is served beside the API, as the embedded set-up does. */
  extend?: (app: NestExpressApplication) => void;
}

/** The real application on a database and a Stripe sandbox of its own, listening on a free port. */
export interface TestApp {
  app: NestExpressApplication;
  /** Address of the API, for example `http://127.0.0.1:40001/api/v1/billing`. */
  url: string;
  /** Calls paths below the base path, for example `http.get('/subscription')`. */
  http: Agent;
  /** Calls absolute paths of the server, for example `/docs-json`. */
  root: Agent;
  /** `Authorization` header value of a user; the e-mail defaults to `<sub>@example.com`. */
  bearer(sub: string, claims?: Record<string, unknown>): Promise<string>;
  /** Stripe's own client against the sandbox: what Stripe says, for assertions and for changes from outside. */
  stripe: Stripe;
  dataSource: DataSource;
  database: TestDatabase;
  sandbox: Sandbox;
  config: AppConfig;
  /** The prices of the built-in plans; empty ids with a catalogue of the test's own. */
  prices: BuiltInPrices;
  webhookSecret: string;
  /** Calls a control route of the sandbox, for example `control('advance', { seconds: 3600 })`. */
  control(route: string, body?: object): Promise<unknown>;
  /** Waits until every event of the sandbox is delivered and settled. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** What a test needs of a service, in this process or in others. */
export type TestedService = Pick<
  TestApp,
  'http' | 'bearer' | 'stripe' | 'dataSource' | 'config' | 'prices' | 'control' | 'settle'
>;

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await createTestDatabase());
  const sandbox = await createSandbox({ webhookRetrySeconds: [0.2, 0.5, 1, 2, 4], ...options.sandbox });
  const stripe = new Stripe(STRIPE_KEY, { host: '127.0.0.1', port: sandbox.port, protocol: 'http', telemetry: false });
  const endpoint = await stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:1/${BASE_PATH}/webhook`,
    enabled_events: options.enabledEvents ?? SUBSCRIBED_EVENT_TYPES,
    api_version: STRIPE_API_VERSION,
  });
  if (endpoint.secret === undefined) throw new Error('the sandbox answered no webhook secret');
  const given = { ...options.environment, ...(await options.prepare?.(stripe)) };
  const environment = {
    ...testEnvironment({ databaseUrl: database.url, stripeBase: sandbox.url, webhookSecret: endpoint.secret }),
    STRIPE_SANDBOX: 'embedded',
    ...(await setUpPrices(stripe, given)),
    ...given,
  };
  const config = AppConfig.parse(environment);
  const app = await startApp(config, options.extend);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const root = `http://127.0.0.1:${port}`;
  await stripe.webhookEndpoints.update(endpoint.id, { url: `${root}/${BASE_PATH}/webhook` });
  const control = (route: string, body?: object) => callControl(sandbox.url, route, body);
  const dataSource = app.get(DataSource);
  return {
    app,
    url: `${root}/${BASE_PATH}`,
    http: request.agent(`${root}/${BASE_PATH}`),
    root: request.agent(root),
    bearer,
    stripe,
    dataSource,
    database,
    sandbox,
    config,
    prices: pricesOf(config),
    webhookSecret: endpoint.secret,
    control,
    settle: () => settle(control, dataSource),
    async close() {
      await closeApp(app);
      await sandbox.close();
      await database.drop();
    },
  };
}

/** `price_…` by tier and interval. */
export type BuiltInPrices = Readonly<
  Record<'starter' | 'professional' | 'enterprise', { month: string; year: string }>
>;

export function pricesOf({ env }: AppConfig): BuiltInPrices {
  const of = (tier: 'STARTER' | 'PROFESSIONAL' | 'ENTERPRISE') => ({
    month: env[`STRIPE_${tier}_MONTHLY_PRICE_ID`] ?? '',
    year: env[`STRIPE_${tier}_YEARLY_PRICE_ID`] ?? '',
  });
  return { starter: of('STARTER'), professional: of('PROFESSIONAL'), enterprise: of('ENTERPRISE') };
}

/** Makes what is sold: that of a catalogue file, else the built-in plans, whose prices are returned. */
async function setUpPrices(stripe: Stripe, environment: Record<string, string> = {}): Promise<Record<string, string>> {
  const gateway = new CatalogueGateway(stripe);
  const { BILLING_CATALOGUE: file } = environment;
  if (file === undefined) return ensureBuiltInPrices(gateway);
  await pushCatalogue(gateway, readCatalogue(file));
  return {};
}

/** The environment of a service under test, but for its prices. */
export function testEnvironment(given: { databaseUrl: string; stripeBase: string; webhookSecret: string }) {
  return {
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: given.databaseUrl,
    STRIPE_SECRET_KEY: STRIPE_KEY,
    STRIPE_PUBLISHABLE_KEY: 'pk_test_of_the_tests',
    STRIPE_WEBHOOK_SECRET: given.webhookSecret,
    STRIPE_API_BASE: given.stripeBase,
    AUTH_JWT_SECRET: JWT_SECRET,
    AUTH_ORGANIZATION_CLAIM: 'org_id',
    AUTH_ORGANIZATION_NAME_CLAIM: 'org_name',
    AUTH_ORGANIZATION_ROLE_CLAIM: 'org_role',
    FRONTEND_URL: 'http://localhost:5179',
    WEBHOOK_POLL_SECONDS: '0.2',
    INTENT_POLL_SECONDS: '0.2',
    WEBHOOK_COALESCE_SECONDS: '0',
    EVENT_GAP_REPAIR_SECONDS: '0',
    RECONCILE_EVERY_SECONDS: '0',
    RATE_LIMIT_PURCHASES_PER_USER: '10000',
    RATE_LIMIT_PURCHASES_PER_ADDRESS: '10000',
    RATE_LIMIT_FAILURES_PER_PAYER: '10000',
    RATE_LIMIT_READS_PER_USER: '100000',
  };
}

/** Boots the application as the server does. */
export function startApp(
  config: AppConfig,
  extend?: (app: NestExpressApplication) => void,
): Promise<NestExpressApplication> {
  return bootApp(AppModule.forRoot(config), config, createLogger(config.env.LOG_LEVEL), extend);
}

/** The configuration of a test's application with some variables changed; an empty text unsets one. */
export function configWith(test: TestApp, changes: Record<string, string>): AppConfig {
  const values = Object.entries(test.config.env).map(([name, value]) => [name, String(value)]);
  return AppConfig.parse({ ...Object.fromEntries(values), ...changes });
}

/** A signed token, as the product's issuer would give it. */
export async function bearer(sub: string, claims: Record<string, unknown> = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ email: `${sub}@example.com`, iat, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime('1h')
    .sign(Buffer.from(JWT_SECRET));
  return `Bearer ${token}`;
}

/** Calls a control route of a sandbox. */
export async function callControl(sandboxUrl: string, route: string, body?: object): Promise<unknown> {
  const response = await fetch(`${sandboxUrl}/_sandbox/${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`control ${route}: ${JSON.stringify(answer)}`);
  return answer;
}

const SETTLE_DEADLINE_MS = 20_000;

/** Waits until every event of the sandbox is delivered and settled. */
export async function settle(control: TestApp['control'], dataSource: DataSource): Promise<void> {
  const deadline = performance.now() + SETTLE_DEADLINE_MS;
  for (;;) {
    const { pending } = (await control('deliveries/flush', {})) as { pending: number };
    const [{ count }] = await dataSource.query<[{ count: number }]>(
      `select count(*)::int as count from webhook_events where state in ('received', 'processing')`,
    );
    if (pending === 0 && count === 0) return;
    if (performance.now() > deadline) throw new Error(`not settled: ${pending} deliveries, ${count} events`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
