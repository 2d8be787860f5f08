import type Stripe from 'stripe';
import { STRIPE_API_VERSION } from '../../stripe/api-version.js';
import { type StripeFailureKind } from '../../stripe/stripe-error.js';

/** What the doctor looked at. fail: must be mended · warn: should be looked at. */
export interface Check {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  text: string;
  /** What to do. */
  advice?: string;
}

/** PostgreSQL's own version. */
export interface ServerVersion {
  /** `server_version_num`, for example 140011. */
  number: number;
  text: string;
}

export interface InboxState {
  /** Events that were given up. */
  failed: number;
  /** Seconds that the oldest open event has waited. */
  lag: number;
}

/** What is needed to know of an endpoint. */
export type EndpointFacts = Pick<Stripe.WebhookEndpoint, 'id' | 'url' | 'status' | 'api_version' | 'enabled_events'>;

const OLDEST_VERSION = 140_000;
const LONGEST_LAG_SECONDS = 600;
/** Stripe's signatures are refused when the clocks differ by five minutes. */
const MAX_SKEW_SECONDS = 300;
const NOTICED_SKEW_SECONDS = 5;
const WEBHOOK_PATH = '/api/v1/billing/webhook';
const SETUP = 'npm run cli -- stripe:setup';

export function versionCheck({ number, text }: ServerVersion): Check {
  if (number >= OLDEST_VERSION) return { name: 'database', state: 'ok', text: `PostgreSQL ${text} answers` };
  return {
    name: 'database',
    state: 'fail',
    text: `PostgreSQL ${text} is too old`,
    advice: 'use PostgreSQL 14 or later',
  };
}

/** @param pending names of the migrations that are missing */
export function migrationsCheck(pending: readonly string[]): Check {
  const name = 'migrations';
  if (pending.length === 0) return { name, state: 'ok', text: 'all are applied' };
  return { name, state: 'fail', text: `missing: ${pending.join(', ')}`, advice: 'npm run cli -- migrate' };
}

export function inboxCheck({ failed, lag }: InboxState): Check {
  const name = 'inbox';
  if (failed > 0)
    return {
      name,
      state: 'warn',
      text: `${failed} events were given up`,
      advice: 'npm run cli -- events list --state failed, then events replay',
    };
  if (lag > LONGEST_LAG_SECONDS)
    return { name, state: 'warn', text: `an event has waited for ${lag} s`, advice: 'is the service running?' };
  return { name, state: 'ok', text: 'no event was given up, none waits for long' };
}

/** @param old operations that have been open for more than an hour */
export function operationsCheck(old: number): Check {
  const name = 'intents';
  if (old === 0) return { name, state: 'ok', text: 'none is open for long' };
  return {
    name,
    state: 'warn',
    text: `${old} Stripe calls are open for more than an hour`,
    advice: 'the running service closes them: see its log',
  };
}

/** @param setting TRUST_PROXY */
export function proxyCheck(setting: string | undefined): Check {
  const name = 'proxy';
  if (setting !== 'true')
    return { name, state: 'ok', text: 'callers cannot choose the address that they are known by' };
  return {
    name,
    state: 'warn',
    text: 'with TRUST_PROXY=true a caller chooses the address that limits count, by X-Forwarded-For',
    advice: 'set TRUST_PROXY to the number of proxies, for example 1, or to their addresses',
  };
}

/** @param kind how the first call to Stripe failed */
export function failedCallCheck(kind: StripeFailureKind): Check {
  const advice =
    kind === 'misconfigured'
      ? 'check STRIPE_SECRET_KEY and, for a restricted key, its permissions'
      : 'check the network and STRIPE_API_BASE, then try again';
  return { name: 'stripe key', state: 'fail', text: `Stripe: ${kind}`, advice };
}

/**
 * @param problems what is wrong with each price that does not fit
 * @param archived plans whose price, or its product, is archived
 */
/** @param differences prices that cost something else than the catalogue says */
export function pricesCheck(
  problems: readonly string[],
  archived: readonly string[] = [],
  differences: readonly string[] = [],
): Check {
  if (problems.length === 0 && archived.length > 0) {
    return {
      name: 'prices',
      state: 'warn',
      text: `archived at Stripe, so not offered: ${archived.join(', ')}`,
      advice: 'name the price that is sold now, or activate it in the Dashboard',
    };
  }
  if (problems.length === 0 && differences.length > 0) {
    return {
      name: 'prices',
      state: 'warn',
      text: `other than in the catalogue: ${differences.join('; ')}`,
      advice: 'npm run cli -- catalogue push makes new prices; old subscribers keep theirs',
    };
  }
  if (problems.length === 0) return { name: 'prices', state: 'ok', text: 'all fit' };
  return {
    name: 'prices',
    state: 'fail',
    text: problems.join('; '),
    advice: `${SETUP} makes those of the built-in plans; catalogue push those of the catalogue file`,
  };
}

/** @param drift what a push would change of the features at Stripe; null: the account has none of them, or the key may not see them */
export function featuresCheck(drift: readonly string[] | null): Check {
  const name = 'features';
  if (drift === null) return { name, state: 'ok', text: 'none of the catalogue at Stripe, nor needed there' };
  if (drift.length === 0) return { name, state: 'ok', text: 'as the catalogue says' };
  return {
    name,
    state: 'warn',
    text: `other than in the catalogue: a push would ${drift.join('; ')}`,
    advice: 'npm run cli -- catalogue push makes them fit',
  };
}

/** @param strangers newest Stripe customers that carry this database's id and that it does not know */
export function instanceCheck(strangers: readonly string[]): Check {
  const name = 'instance';
  const [first] = strangers;
  if (first === undefined) return { name, state: 'ok', text: 'no other database seems to use its id' };
  return {
    name,
    state: 'warn',
    text: `${strangers.length} of the newest customers at Stripe carry its id and are not known here, for example ${first}`,
    advice: 'a copy of this database at work? It must not share the Stripe account. Else: npm run cli -- backfill',
  };
}

/**
 * @param endpoints all of the account
 * @param wanted event types that must be subscribed to
 */
export function endpointCheck(endpoints: readonly EndpointFacts[], wanted: readonly string[]): Check {
  const name = 'webhook endpoint';
  const ours = endpoints.filter(({ url }) => new URL(url).pathname === WEBHOOK_PATH);
  const problems = ours.map((endpoint) => problemOf(endpoint, wanted));
  if (problems.some((problem) => problem === null))
    return {
      name,
      state: 'ok',
      text: 'enabled, with every event type and the right API version',
      advice: 'whether STRIPE_WEBHOOK_SECRET is its secret, only a delivery shows: send a test event',
    };
  if (ours.length === 0)
    return { name, state: 'fail', text: `no endpoint ends with ${WEBHOOK_PATH}`, advice: `${SETUP} --url …` };
  return { name, state: 'fail', text: problems.join('; '), advice: `${SETUP} --url ${ours[0]?.url ?? ''}` };
}

function problemOf(
  { id, status, api_version: version, enabled_events: events }: EndpointFacts,
  wanted: readonly string[],
): string | null {
  if (status !== 'enabled') return `${id} is disabled`;
  if (version !== STRIPE_API_VERSION)
    return `${id} has the API version ${version ?? 'of the account'}, not ${STRIPE_API_VERSION}`;
  const subscribed = new Set<string>(events);
  if (subscribed.has('*')) return null;
  const missing = wanted.filter((type) => !subscribed.has(type));
  return missing.length === 0 ? null : `${id} lacks ${missing.join(', ')}`;
}

/**
 * @param seconds how far our clock is ahead of Stripe's
 * @param sandbox whether Stripe is the sandbox, whose clock is moved on purpose
 */
export function clockCheck(seconds: number, sandbox: boolean): Check {
  const name = 'clock';
  const distance = Math.abs(seconds);
  if (distance <= NOTICED_SKEW_SECONDS) return { name, state: 'ok', text: `${distance} s from Stripe's` };
  const text = `${distance} s ${seconds > 0 ? 'ahead of' : 'behind'} Stripe's`;
  if (sandbox) return { name, state: 'ok', text: `${text}; the sandbox has a time of its own` };
  const advice = 'set the clock (NTP)';
  return { name, state: distance > MAX_SKEW_SECONDS ? 'fail' : 'warn', text, advice };
}
