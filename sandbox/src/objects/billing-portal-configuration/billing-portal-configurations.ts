import { invalidRequest } from '../../errors/stripe-error.js';
import { listPage } from '../../http/lists.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { createParameters, listParameters, updateParameters } from './billing-portal-configuration-parameters.js';
import { configurations } from './billing-portal-configuration-type.js';
import { blank, withValues } from './create-billing-portal-configuration.js';

const url = '/v1/billing_portal/configurations';
const path = `${url}/:configuration` as const;

const create = route({
  method: 'POST',
  path: url,
  parameters: createParameters,
  handle({ context, parameters }) {
    const made = context.objects(configurations).insert(withValues(context, blank(context), parameters));
    context.emit('billing_portal.configuration.created', made);
    return context.present(made);
  },
});

const update = route({
  method: 'POST',
  path,
  parameters: updateParameters,
  handle({ context, path: names, parameters }) {
    const before = context.objects(configurations).require(names.configuration);
    if (before.is_default && parameters.active === false) {
      throw invalidRequest('You cannot deactivate the default configuration.', { param: 'active' });
    }
    const after = context
      .objects(configurations)
      .replace({ ...withValues(context, before, parameters), updated: context.now() });
    context.emitUpdated('billing_portal.configuration.updated', before, after);
    return context.present(after);
  },
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(context.objects(configurations).require(names.configuration)),
});

const list = route({
  method: 'GET',
  path: url,
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, configurations, sent, {
      url,
      filter: (configuration) =>
        (sent.active === undefined || configuration.active === sent.active) &&
        (sent.is_default === undefined || configuration.is_default === sent.is_default),
    }),
});

export const portalConfigurationResource: Resource = {
  types: [configurations],
  routes: [create, update, retrieve, list],
};
