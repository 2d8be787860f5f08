import type Stripe from 'stripe';
import { Clock } from '../../common/clock.js';
import { type AppConfig } from '../../config/app-config.js';
import { PriceGateway } from '../../catalogue/price.gateway.js';
import { unfitness } from '../../catalogue/price.mapper.js';
import { BILLING_INTERVALS, TIERS } from '../../catalogue/tiers.js';
import { STRIPE_API_VERSION } from '../../stripe/api-version.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { classifyStripeError } from '../../stripe/stripe-error.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../webhooks/event-routes.js';
import { type Check } from './database-checks.js';

/** Stripe's signatures are refused when the clocks differ by five minutes. */
const MAX_SKEW_SECONDS = 300;
const NOTICED_SKEW_SECONDS = 5;
const WEBHOOK_PATH = '/api/v1/billing/webhook';
const SETUP = 'npm run cli -- stripe:setup';

/** Whether the key works and the account holds what the service needs. */
export async function checkStripe(config: AppConfig): Promise<Check[]> {
  const clock = new Clock();
  const client = new StripeClient(config, clock);
  try {
    const { answeredAt } = await client.read((stripe, options) => stripe.prices.list({ limit: 1 }, options));
    const mode = config.livemode ? 'live' : config.sandbox ? 'sandbox' : 'test';
    return [
      { name: 'stripe key', state: 'ok', text: `accepted (${mode})` },
      await checkPrices(config, client),
      await checkEndpoint(client),
      checkSkew(config, clock.epochSeconds() - answeredAt),
    ];
  } catch (error) {
    const failure = classifyStripeError(error);
    if (failure === null) throw error;
    const advice =
      failure.kind === 'misconfigured'
        ? 'check STRIPE_SECRET_KEY and, for a restricted key, its permissions'
        : 'check the network and STRIPE_API_BASE, then try again';
    return [{ name: 'stripe key', state: 'fail', text: `Stripe: ${failure.kind}`, advice }];
  }
}

async function checkPrices(config: AppConfig, client: StripeClient): Promise<Check> {
  const gateway = new PriceGateway(client);
  const problems: string[] = [];
  for (const tier of TIERS)
    for (const interval of BILLING_INTERVALS) {
      const price = await gateway.retrieve(config.prices[tier][interval]);
      const problem = price === null ? 'is not known to Stripe' : unfitness(price, interval);
      if (problem !== null) problems.push(`${tier} ${interval} ${problem}`);
    }
  if (problems.length === 0) return { name: 'prices', state: 'ok', text: 'all six fit' };
  return {
    name: 'prices',
    state: 'fail',
    text: problems.join('; '),
    advice: `${SETUP} makes them and prints their ids`,
  };
}

async function checkEndpoint(client: StripeClient): Promise<Check> {
  const name = 'webhook endpoint';
  const { object } = await client.read((stripe, options) => stripe.webhookEndpoints.list({ limit: 100 }, options));
  const ours = object.data.filter(({ url }) => new URL(url).pathname === WEBHOOK_PATH);
  const problems = ours.map(problemOf);
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

function problemOf({
  id,
  status,
  api_version: version,
  enabled_events: events,
}: Stripe.WebhookEndpoint): string | null {
  if (status !== 'enabled') return `${id} is disabled`;
  if (version !== STRIPE_API_VERSION)
    return `${id} has the API version ${version ?? 'of the account'}, not ${STRIPE_API_VERSION}`;
  const subscribed = new Set(events);
  if (subscribed.has('*')) return null;
  const missing = SUBSCRIBED_EVENT_TYPES.filter((type) => !subscribed.has(type));
  return missing.length === 0 ? null : `${id} lacks ${missing.join(', ')}`;
}

function checkSkew({ sandbox }: AppConfig, seconds: number): Check {
  const name = 'clock';
  const distance = Math.abs(seconds);
  if (distance <= NOTICED_SKEW_SECONDS) return { name, state: 'ok', text: `${distance} s from Stripe's` };
  const text = `${distance} s ${seconds > 0 ? 'ahead of' : 'behind'} Stripe's`;
  if (sandbox) return { name, state: 'ok', text: `${text}; the sandbox has a time of its own` };
  const advice = 'set the clock (NTP)';
  return { name, state: distance > MAX_SKEW_SECONDS ? 'fail' : 'warn', text, advice };
}
