import { Clock } from '../../common/clock.js';
import { type AppConfig } from '../../config/app-config.js';
import { PriceGateway } from '../../catalogue/price.gateway.js';
import { isOnSale, unfitness } from '../../catalogue/price.mapper.js';
import { BILLING_INTERVALS, TIERS } from '../../catalogue/tiers.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { classifyStripeError } from '../../stripe/stripe-error.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../webhooks/event-routes.js';
import { type Check, clockCheck, endpointCheck, failedCallCheck, pricesCheck } from './findings.js';

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
      clockCheck(clock.epochSeconds() - answeredAt, config.sandbox),
    ];
  } catch (error) {
    const failure = classifyStripeError(error);
    if (failure === null) throw error;
    return [failedCallCheck(failure.kind)];
  }
}

async function checkPrices(config: AppConfig, client: StripeClient): Promise<Check> {
  const gateway = new PriceGateway(client);
  const problems: string[] = [];
  const archived: string[] = [];
  for (const tier of TIERS)
    for (const interval of BILLING_INTERVALS) {
      const price = await gateway.retrieve(config.prices[tier][interval]);
      const problem = price === null ? 'is not known to Stripe' : unfitness(price, interval);
      if (problem !== null) problems.push(`${tier} ${interval} ${problem}`);
      else if (price !== null && !isOnSale(price)) archived.push(`${tier} ${interval}`);
    }
  return pricesCheck(problems, archived);
}

async function checkEndpoint(client: StripeClient): Promise<Check> {
  const { object } = await client.read((stripe, options) => stripe.webhookEndpoints.list({ limit: 100 }, options));
  return endpointCheck(object.data, SUBSCRIBED_EVENT_TYPES);
}
