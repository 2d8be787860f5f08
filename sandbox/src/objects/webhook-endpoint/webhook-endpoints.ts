import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { listPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, mergeMetadata } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { newId } from '../../kernel/context.js';
import { createParameters, updateParameters } from './webhook-endpoint-parameters.js';
import { webhookEndpoints } from './webhook-endpoint-type.js';

function checkUrl(url: string): void {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw invalidRequest('Invalid URL: webhook endpoints need an http or https address.', {
      code: 'url_invalid',
      param: 'url',
    });
  }
}

const create = route({
  method: 'POST',
  path: '/v1/webhook_endpoints',
  parameters: createParameters,
  handle({ context, parameters }) {
    checkUrl(parameters.url);
    const secret = newId('whsec', 32);
    const endpoint = context.objects(webhookEndpoints).insert({
      id: context.newId('we'),
      object: 'webhook_endpoint',
      api_version: parameters.api_version ?? null,
      application: null,
      created: context.now(),
      description: parameters.description ?? null,
      enabled_events: parameters.enabled_events,
      livemode: false,
      metadata: mergeMetadata({}, parameters.metadata),
      status: 'enabled',
      url: parameters.url,
      sandbox: { secret },
    });
    return { ...context.present(endpoint), secret };
  },
});

const update = route({
  method: 'POST',
  path: '/v1/webhook_endpoints/:endpoint',
  parameters: updateParameters,
  handle({ context, path, parameters }) {
    const before = context.objects(webhookEndpoints).require(path.endpoint);
    if (parameters.url !== undefined) checkUrl(parameters.url);
    const status = parameters.disabled === undefined ? before.status : parameters.disabled ? 'disabled' : 'enabled';
    const after = context.objects(webhookEndpoints).update(before.id, {
      url: parameters.url ?? before.url,
      enabled_events: parameters.enabled_events ?? before.enabled_events,
      description: parameters.description === undefined ? before.description : parameters.description,
      metadata: mergeMetadata(before.metadata, parameters.metadata),
      status,
    });
    return context.present(after);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/webhook_endpoints/:endpoint',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(webhookEndpoints).require(path.endpoint)),
});

const list = route({
  method: 'GET',
  path: '/v1/webhook_endpoints',
  parameters: pagination satisfies DeclaredFor<Stripe.WebhookEndpointListParams>,
  handle: ({ context, parameters }) =>
    listPage(context, webhookEndpoints, parameters, { url: '/v1/webhook_endpoints' }),
});

const remove = route({
  method: 'DELETE',
  path: '/v1/webhook_endpoints/:endpoint',
  parameters: {},
  handle({ context, path }) {
    const endpoint = context.objects(webhookEndpoints).require(path.endpoint);
    context.objects(webhookEndpoints).remove(endpoint.id);
    return { id: endpoint.id, object: endpoint.object, deleted: true };
  },
});

export const webhookEndpointResource: Resource = {
  types: [webhookEndpoints],
  routes: [create, update, retrieve, list, remove],
};
