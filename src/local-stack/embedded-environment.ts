import path from 'node:path';
import Stripe from 'stripe';
import { ORGANIZATION_CLAIMS } from '../auth/sign-token.js';
import { readCatalogue } from '../catalogue/catalogue-file.js';
import { CatalogueGateway } from '../catalogue/catalogue.gateway.js';
import { ensureBuiltInPrices, pushCatalogue } from '../catalogue/catalogue-push.js';
import { catalogueFileOf } from '../config/app-config.js';
import { STRIPE_API_VERSION } from '../stripe/api-version.js';
import { databaseUrl } from './database-url.js';
import { chooseEmbeddedParts, type EmbeddedParts } from './embedded-parts.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { type EmbeddedSandbox, startEmbeddedSandbox } from './embedded-sandbox.js';
import { type EmbeddedState, openDataDirectory, withEmbeddedState } from './embedded-state.js';
import { anyFreePort } from './ports.js';
import { type PartOptions } from './restarts.js';
import { ensureWebhookEndpoint, type WebhookEndpoint } from './webhook-endpoint.js';

type Environment = Record<string, string | undefined>;

export interface EmbeddedEnvironmentOptions extends PartOptions {
  /** The event types that the webhook endpoint subscribes to. */
  webhookEvents: readonly string[];
  /** True for the program that serves HTTP on PORT: the webhook endpoint is pointed at it. Default false. */
  serving?: boolean;
  /** False lets the embedded PostgreSQL do without fsync, for tests. Default true. */
  durable?: boolean;
}

/** The environment to run with, and what was started for it. */
export interface EmbeddedEnvironment {
  environment: Environment;
  parts: EmbeddedParts;
  /** Base URL of the Stripe sandbox, if it is embedded. */
  sandboxUrl?: string;
  /** Ends what was started. To be called when nothing uses it any more. */
  stop: () => Promise<void>;
}

const DATABASE = 'billing';
const DEFAULT_PORT = '8009';
const DEFAULT_SANDBOX_PORT = '12111';
const WEBHOOK_PATH = '/api/v1/billing/webhook';

/**
 * Starts the parts that are not configured (see `chooseEmbeddedParts`) and completes the environment with their
 * addresses, keys and prices. With everything configured it changes nothing.
 *
 * @throws ConfigurationError when the variables contradict each other; Error when a part does not start
 */
export async function prepareEmbeddedEnvironment(
  given: Readonly<Environment>,
  options: EmbeddedEnvironmentOptions,
): Promise<EmbeddedEnvironment> {
  const parts = chooseEmbeddedParts(given);
  if (!parts.postgres && !parts.sandbox) return { environment: { ...given }, parts, stop: () => Promise.resolve() };
  const directory = openDataDirectory(valueOf(given, 'BILLING_DATA_DIR') ?? '.data');
  const started = await startParts(parts, directory, given, options);
  const stop = () => stopAll(started);
  try {
    const environment = await complete(given, directory, started, options);
    return { environment, parts, ...(started.sandbox ? { sandboxUrl: started.sandbox.url } : {}), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface StartedParts {
  postgres?: EmbeddedPostgres;
  sandbox?: EmbeddedSandbox;
}

async function startParts(
  parts: EmbeddedParts,
  directory: string,
  given: Environment,
  { log, onLost, durable }: EmbeddedEnvironmentOptions,
): Promise<StartedParts> {
  const started: StartedParts = {};
  const startPostgres = async () => {
    started.postgres = await startEmbeddedPostgres({
      directory: path.join(directory, 'postgres'),
      database: DATABASE,
      ...(durable === undefined ? {} : { durable }),
      log,
      onLost,
    });
  };
  const startSandbox = async () => {
    const port = Number(valueOf(given, 'SANDBOX_PORT') ?? DEFAULT_SANDBOX_PORT);
    started.sandbox = await startEmbeddedSandbox({
      directory: path.join(directory, 'stripe-sandbox'),
      port,
      log,
      onLost,
    });
  };
  const results = await Promise.allSettled([parts.postgres && startPostgres(), parts.sandbox && startSandbox()]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stopAll(started);
    throw failed.reason;
  }
  return started;
}

/** The sandbox first: it may still be delivering to the application, never the other way round. */
async function stopAll({ sandbox, postgres }: StartedParts): Promise<void> {
  await sandbox?.stop();
  await postgres?.stop();
}

async function complete(
  given: Environment,
  directory: string,
  { postgres, sandbox }: StartedParts,
  options: EmbeddedEnvironmentOptions,
): Promise<Environment> {
  const port = await ownPort(given);
  const origin = ownOrigin(given, port);
  const environment: Environment = { ...given, PORT: port };
  environment.FRONTEND_URL = valueOf(given, 'FRONTEND_URL') ?? origin;
  if (postgres) environment.DATABASE_URL = databaseUrl(postgres.connection);
  await withEmbeddedState(directory, async (state) => {
    if (!valueOf(given, 'AUTH_JWT_SECRET') && !valueOf(given, 'AUTH_JWKS_URL')) {
      environment.AUTH_JWT_SECRET = state.authJwtSecret;
      // The claims of the tokens that `npm run token` prints.
      environment.AUTH_ORGANIZATION_CLAIM ??= ORGANIZATION_CLAIMS.id;
      environment.AUTH_ORGANIZATION_NAME_CLAIM ??= ORGANIZATION_CLAIMS.name;
      environment.AUTH_ORGANIZATION_ROLE_CLAIM ??= ORGANIZATION_CLAIMS.role;
    }
    environment.ENTITLEMENTS_SIGNING_KEY = valueOf(given, 'ENTITLEMENTS_SIGNING_KEY') ?? state.entitlementsSigningKey;
    if (!sandbox) return;
    state.webhookEndpoint = await setUpSandbox(environment, sandbox, state, `${origin}${WEBHOOK_PATH}`, options);
  });
  return environment;
}

/** Fills in all that belongs to Stripe: ids and keys of another account would not fit the sandbox. */
async function setUpSandbox(
  environment: Environment,
  sandbox: EmbeddedSandbox,
  state: EmbeddedState,
  webhookUrl: string,
  { webhookEvents, serving = false }: EmbeddedEnvironmentOptions,
): Promise<WebhookEndpoint> {
  const { hostname, port } = new URL(sandbox.url);
  const stripe = new Stripe(state.stripeSecretKey, {
    host: hostname,
    port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 5,
  });
  const wanted = { url: webhookUrl, enabledEvents: webhookEvents, apiVersion: STRIPE_API_VERSION };
  const known = state.webhookEndpoint;
  const endpoint = known && !serving ? known : await ensureWebhookEndpoint(stripe, wanted, known);
  Object.assign(environment, await setUpPrices(environment, stripe), {
    // The sandbox does not limit calls: nothing is won by waiting for more events.
    WEBHOOK_COALESCE_SECONDS: valueOf(environment, 'WEBHOOK_COALESCE_SECONDS') ?? '0',
    STRIPE_SANDBOX: 'embedded',
    STRIPE_API_BASE: sandbox.url,
    STRIPE_SECRET_KEY: state.stripeSecretKey,
    STRIPE_PUBLISHABLE_KEY: state.stripePublishableKey,
    STRIPE_WEBHOOK_SECRET: endpoint.secret,
  });
  return endpoint;
}

/** Makes what is sold in the sandbox: that of the catalogue file, else the built-in catalogue, whose prices are returned. */
async function setUpPrices(environment: Environment, stripe: Stripe): Promise<Environment> {
  const gateway = new CatalogueGateway(stripe);
  const file = catalogueFileOf({ BILLING_CATALOGUE: valueOf(environment, 'BILLING_CATALOGUE') });
  if (file === null) return ensureBuiltInPrices(gateway);
  await pushCatalogue(gateway, readCatalogue(file));
  return {};
}

/** PORT, where 0 becomes a port that is free: the webhook endpoint needs its address before the server listens. */
async function ownPort(given: Environment): Promise<string> {
  const port = valueOf(given, 'PORT') ?? DEFAULT_PORT;
  return port === '0' ? String(await anyFreePort()) : port;
}

function ownOrigin(given: Environment, port: string): string {
  const host = valueOf(given, 'HOST') ?? '127.0.0.1';
  const reachable = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function valueOf(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
}
