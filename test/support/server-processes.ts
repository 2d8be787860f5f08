import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Stripe from 'stripe';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig.js';
import { BASE_PATH } from '../../src/http/app.js';
import { AppConfig } from '../../src/config/app-config.js';
import { CatalogueGateway } from '../../src/catalogue/catalogue.gateway.js';
import { ensureBuiltInPrices } from '../../src/catalogue/catalogue-push.js';
import { STRIPE_API_VERSION } from '../../src/stripe/api-version.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../src/webhooks/event-routes.js';
import { type ChildProgram, startProgram } from './child-programs.js';
import { HoldingProxy } from './holding-proxy.js';
import { bearer, callControl, pricesOf, settle, STRIPE_KEY, type TestedService, testEnvironment } from './test-app.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** The sandbox's program. */
const SANDBOX = createRequire(import.meta.url).resolve('stripe-sandbox/main');
const program = (file: string) => path.resolve(import.meta.dirname, file);

export interface ServerProcessesOptions {
  environment?: Record<string, string>;
  /** Default: one of the test run's own server. */
  database?: Pick<TestDatabase, 'url' | 'drop'>;
}

interface ServerProcessOptions {
  /** Seconds that its clock is ahead of the machine's. */
  clockSkewSeconds?: number;
}

/**
 * The service as it runs: server processes that may be killed, a Stripe sandbox in a process of its own that outlives
 * them, and between them proxies that hold answers back.
 */
export interface ServerProcesses extends TestedService {
  /** Between the servers and Stripe. */
  toStripe: HoldingProxy;
  /** Between everybody else and the servers; it takes them in turn. */
  toServers: HoldingProxy;
  /** Where the servers listen that run. */
  addresses(): string[];
  /** Starts one more server and waits until it answers. */
  start(options?: ServerProcessOptions): Promise<ChildProgram>;
  /** Starts a server if none is running. */
  ensureStarted(): Promise<void>;
  /** Kills all servers as `kill -9` does. */
  killAll(): Promise<void>;
  close(): Promise<void>;
  /** What the time that passes after a crash does: leases run out, and what waits is due. */
  passLeases(): Promise<void>;
}

export async function createServerProcesses(options: ServerProcessesOptions = {}): Promise<ServerProcesses> {
  const database = options.database ?? (await createTestDatabase());
  const directory = mkdtempSync(path.join(tmpdir(), 'billing-servers-'));
  const sandboxProgram = ['--port', '0', '--data', directory, '--exit-with-parent'];
  const sandbox = await startProgram(process.execPath, [SANDBOX, ...sandboxProgram]);
  const sandboxUrl = sandbox.firstLine.split(' ').at(-1) ?? '';
  const running = new Map<ChildProgram, string>();
  let turn = 0;
  const nextServer = () => [...running.values()][turn++ % Math.max(1, running.size)] ?? null;
  const toStripe = await HoldingProxy.start(() => sandboxUrl);
  const toServers = await HoldingProxy.start(nextServer);
  const { hostname: host, port } = new URL(sandboxUrl);
  const stripe = new Stripe(STRIPE_KEY, { host, port, protocol: 'http', telemetry: false });
  const endpoint = await stripe.webhookEndpoints.create({
    url: `${toServers.url}/${BASE_PATH}/webhook`,
    enabled_events: SUBSCRIBED_EVENT_TYPES,
    api_version: STRIPE_API_VERSION,
  });
  const environment = {
    ...testEnvironment({
      databaseUrl: database.url,
      stripeBase: toStripe.url,
      webhookSecret: endpoint.secret ?? '',
    }),
    ...(await ensureBuiltInPrices(new CatalogueGateway(stripe))),
    ...options.environment,
  };
  const config = AppConfig.parse(environment);
  const dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  const control = (route: string, body?: object) => callControl(sandboxUrl, route, body);
  const start = async ({ clockSkewSeconds = 0 }: ServerProcessOptions = {}) => {
    const preload = clockSkewSeconds === 0 ? [] : ['--import', program('skewed-clock.js')];
    const server = await startProgram(process.execPath, [...preload, program('serve.js')], {
      environment: { PATH: process.env.PATH, ...environment, CLOCK_SKEW_SECONDS: String(clockSkewSeconds) },
    });
    running.set(server, server.firstLine);
    server.process.once('exit', () => running.delete(server));
    return server;
  };
  const killAll = async () => {
    const programs = [...running.keys()];
    running.clear();
    await Promise.all(programs.map((server) => server.kill()));
  };
  return {
    addresses: () => [...running.values()],
    http: request.agent(`${toServers.url}/${BASE_PATH}`),
    bearer,
    stripe,
    dataSource,
    config,
    prices: pricesOf(config),
    toStripe,
    toServers,
    control,
    settle: () => settle(control, dataSource),
    start,
    async ensureStarted() {
      if (running.size === 0) await start();
    },
    killAll,
    passLeases: () => passLeases(dataSource),
    async close() {
      await killAll();
      await Promise.all([toServers.close(), toStripe.close(), sandbox.kill(), dataSource.destroy()]);
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function passLeases(dataSource: DataSource): Promise<void> {
  await dataSource.query(`update webhook_events set next_attempt_at = now() where state in ('received', 'processing')`);
  await dataSource.query(
    `update stripe_operations set leased_until = now(), updated_at = now() - interval '1 hour' where state = 'open'`,
  );
  await dataSource.query(`update idempotency_keys set leased_until = now() where leased_until is not null`);
}
