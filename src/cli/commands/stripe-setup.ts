import type Stripe from 'stripe';
import { AppConfig } from '../../config/app-config.js';
import { CatalogueGateway } from '../../catalogue/catalogue.gateway.js';
import { ensureBuiltInPrices } from '../../catalogue/catalogue-push.js';
import { prepareEmbeddedEnvironment } from '../../local-stack/embedded-environment.js';
import { STRIPE_API_VERSION } from '../../stripe/api-version.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../webhooks/event-routes.js';
import { type CommandContext, type CommandResult } from '../command.js';
import { accountOf } from './stripe-account.js';

/** Makes what is missing in the Stripe account and prints the environment that belongs to it. */
export async function stripeSetupCommand(
  { environment, log }: CommandContext,
  { url, live = false }: { url?: string | undefined; live?: boolean | undefined },
): Promise<CommandResult> {
  const embedded = await prepareEmbeddedEnvironment(environment, { log, webhookEvents: SUBSCRIBED_EVENT_TYPES });
  try {
    const stripe = accountOf(AppConfig.checkGiven(embedded.environment), live);
    const catalogue = await ensureBuiltInPrices(new CatalogueGateway(stripe));
    const endpoint = url === undefined ? null : await ensureEndpoint(stripe, url);
    const secret = endpoint?.secret ?? null;
    const lines = { ...catalogue, ...(secret === null ? {} : { STRIPE_WEBHOOK_SECRET: secret }) };
    const text = [
      ...Object.entries(lines).map(([name, value]) => `${name}=${value}`),
      ...adviceOn(endpoint).map((line) => `# ${line}`),
    ];
    return {
      text: text.join('\n'),
      json: { environment: lines, webhook_endpoint: endpoint, advice: adviceOn(endpoint) },
    };
  } finally {
    await embedded.stop();
  }
}

/** The endpoint of an address; its secret only where it was made now, since Stripe shows it once. */
interface Endpoint {
  id: string;
  secret: string | null;
  /** Endpoints of the same address with another API version, which still deliver. */
  outdated: string[];
}

async function ensureEndpoint(stripe: Stripe, url: string): Promise<Endpoint> {
  const all = await stripe.webhookEndpoints.list({ limit: 100 });
  const same = all.data.filter((endpoint) => endpoint.url === url);
  const current = same.find((endpoint) => endpoint.api_version === STRIPE_API_VERSION);
  const outdated = same.filter((endpoint) => endpoint !== current).map(({ id }) => id);
  const events = [...SUBSCRIBED_EVENT_TYPES];
  if (current !== undefined) {
    const subscribed = new Set(current.enabled_events);
    const complete = subscribed.has('*') || events.every((type) => subscribed.has(type));
    if (!complete || current.status !== 'enabled')
      await stripe.webhookEndpoints.update(current.id, {
        disabled: false,
        ...(complete ? {} : { enabled_events: events }),
      });
    return { id: current.id, secret: null, outdated };
  }
  const made = await stripe.webhookEndpoints.create({
    url,
    enabled_events: events,
    api_version: STRIPE_API_VERSION,
  });
  return { id: made.id, secret: made.secret ?? null, outdated };
}

function adviceOn(endpoint: Endpoint | null): string[] {
  if (endpoint === null)
    return ['No webhook endpoint was touched: pass --url with the public address of POST /webhook'];
  return [
    endpoint.secret === null
      ? `Webhook endpoint ${endpoint.id}: its secret stays as it is; Stripe shows it in the Dashboard`
      : `Webhook endpoint ${endpoint.id} is new: its secret is shown only now. Put it beside the old one, comma-separated`,
    ...endpoint.outdated.map(
      (id) => `Webhook endpoint ${id} has another API version: delete it once the new secret is in use`,
    ),
  ];
}
