import { Clock } from '../../common/clock.js';
import { type AppConfig } from '../../config/app-config.js';
import { changesOfFeatures, describeChange } from '../../catalogue/catalogue-changes.js';
import { CatalogueGateway } from '../../catalogue/catalogue.gateway.js';
import { catalogueOf } from '../../catalogue/catalogue-file.js';
import { type CataloguePrice } from '../../catalogue/catalogue.js';
import { PriceGateway } from '../../catalogue/price.gateway.js';
import { differenceOf, isOnSale, problemOf } from '../../catalogue/price.mapper.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { classifyStripeError } from '../../stripe/stripe-error.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../webhooks/event-routes.js';
import { accountOf } from '../commands/stripe-account.js';
import { type Check, clockCheck, endpointCheck, failedCallCheck, featuresCheck, pricesCheck } from './findings.js';

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
      await checkFeatures(config),
      await checkEndpoint(client),
      clockCheck(clock.epochSeconds() - answeredAt, config.sandbox),
    ];
  } catch (error) {
    const failure = classifyStripeError(error);
    if (failure === null) throw error;
    return [failedCallCheck(failure.kind)];
  }
}

async function checkPrices(config: AppConfig, client: StripeClient): Promise<Check> {
  const catalogue = catalogueOf(config);
  const problems: string[] = [];
  const archived: string[] = [];
  const differences: string[] = [];
  for (const { sold, price } of await new PriceGateway(client).findAll(catalogue.prices())) {
    const name = nameOf(sold);
    const problem = problemOf({ sold, price }, catalogue);
    const difference = price === null ? null : differenceOf(price, sold);
    if (problem !== null) problems.push(`${name} ${problem}`);
    else if (price !== null && !isOnSale(price)) archived.push(name);
    else if (difference !== null) differences.push(`${name} ${difference}`);
  }
  return pricesCheck(problems, archived, differences);
}

/** The features of Stripe's entitlements, where a push made them. */
async function checkFeatures(config: AppConfig): Promise<Check> {
  const catalogue = catalogueOf(config);
  try {
    const account = await new CatalogueGateway(accountOf(config.env, true)).read(catalogue, { features: true });
    const isUsed = (account.entitlements?.features.size ?? 0) > 0;
    return featuresCheck(isUsed ? changesOfFeatures(catalogue, account).map(describeChange) : null);
  } catch (error) {
    // A restricted key may see prices alone, and the service needs no more.
    if (classifyStripeError(error)?.kind === 'misconfigured') return featuresCheck(null);
    throw error;
  }
}

function nameOf({ tier, purpose, interval, intervalCount }: CataloguePrice): string {
  const period = intervalCount === 1 ? interval : `${intervalCount} ${interval}`;
  return purpose === 'seat' ? `${tier} seat ${period}` : `${tier} ${period}`;
}

async function checkEndpoint(client: StripeClient): Promise<Check> {
  const { object } = await client.read((stripe, options) => stripe.webhookEndpoints.list({ limit: 100 }, options));
  return endpointCheck(object.data, SUBSCRIBED_EVENT_TYPES);
}
