import Stripe from 'stripe';

export interface WebhookEndpointOptions {
  url: string;
  /** The event types to subscribe to, or `*`. */
  enabledEvents: readonly string[];
  apiVersion: string;
}

/** A registered endpoint and the secret that Stripe shows only when it is created. */
export interface WebhookEndpoint {
  id: string;
  secret: string;
}

type EnabledEvent = Stripe.WebhookEndpointCreateParams.EnabledEvent;

/**
 * Makes sure that an endpoint with this address, these events and this API version is registered. The known one is kept
 * and brought up to date; its API version cannot be changed, so that for another one a new endpoint takes its place.
 */
export async function ensureWebhookEndpoint(
  stripe: Stripe,
  options: WebhookEndpointOptions,
  known?: WebhookEndpoint,
): Promise<WebhookEndpoint> {
  const enabledEvents = options.enabledEvents as EnabledEvent[];
  const current = known && (await findEndpoint(stripe, known.id));
  if (known && current?.api_version === options.apiVersion) {
    if (!isUpToDate(current, options)) {
      await stripe.webhookEndpoints.update(known.id, {
        url: options.url,
        enabled_events: enabledEvents,
        disabled: false,
      });
    }
    return known;
  }
  if (current) await stripe.webhookEndpoints.del(current.id);
  const created = await stripe.webhookEndpoints.create({
    url: options.url,
    enabled_events: enabledEvents,
    api_version: options.apiVersion as Stripe.WebhookEndpointCreateParams.ApiVersion,
  });
  if (created.secret === undefined) throw new Error(`Stripe told no secret for the webhook endpoint ${created.id}`);
  return { id: created.id, secret: created.secret };
}

function isUpToDate(endpoint: Stripe.WebhookEndpoint, { url, enabledEvents }: WebhookEndpointOptions): boolean {
  const wanted = new Set(enabledEvents);
  return (
    endpoint.status === 'enabled' &&
    endpoint.url === url &&
    endpoint.enabled_events.length === wanted.size &&
    endpoint.enabled_events.every((type) => wanted.has(type))
  );
}

async function findEndpoint(stripe: Stripe, id: string): Promise<Stripe.WebhookEndpoint | undefined> {
  try {
    return await stripe.webhookEndpoints.retrieve(id);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing') return undefined;
    throw error;
  }
}
