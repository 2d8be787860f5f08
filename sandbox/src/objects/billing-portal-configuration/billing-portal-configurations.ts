import { listPage } from '../../http/lists.js';
import { mergeMetadata } from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { type Resource } from '../../http/resource.js';
import { DEFAULT_FEATURES, NO_FEATURES, withFeatures } from './configuration-features.js';
import {
  type UpdateParameters,
  createShape,
  listShape,
  updateShape,
} from './billing-portal-configuration-parameters.js';
import { type Configuration, configurations } from './billing-portal-configuration-type.js';

const url = '/v1/billing_portal/configurations';
const path = `${url}/:configuration` as const;

function blank(context: Context): Configuration {
  return {
    id: context.newId('bpc'),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: context.now(),
    default_return_url: null,
    features: NO_FEATURES,
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: context.now(),
    sandbox: { products: [] },
  };
}

function withValues(context: Context, configuration: Configuration, sent: UpdateParameters): Configuration {
  const profile = configuration.business_profile;
  return withFeatures(
    context,
    {
      ...configuration,
      active: sent.active ?? configuration.active,
      business_profile: {
        headline: changed(sent.business_profile?.headline, profile.headline),
        privacy_policy_url: changed(sent.business_profile?.privacy_policy_url, profile.privacy_policy_url),
        terms_of_service_url: changed(sent.business_profile?.terms_of_service_url, profile.terms_of_service_url),
      },
      default_return_url: changed(sent.default_return_url, configuration.default_return_url),
      metadata: mergeMetadata(configuration.metadata ?? {}, sent.metadata),
      name: changed(sent.name, configuration.name),
    },
    sent.features,
  );
}

/** The configuration that sessions use when they name none. The first such session makes it. */
export function defaultConfiguration(context: Context): Configuration {
  const found = [...context.objects(configurations)].find((configuration) => configuration.is_default);
  if (found !== undefined) return found;
  const made = context
    .objects(configurations)
    .insert({ ...blank(context), is_default: true, features: DEFAULT_FEATURES });
  context.emit('billing_portal.configuration.created', made);
  return made;
}

const create = route({
  method: 'POST',
  path: url,
  parameters: createShape,
  handle({ context, parameters }) {
    const made = context.objects(configurations).insert(withValues(context, blank(context), parameters));
    context.emit('billing_portal.configuration.created', made);
    return context.present(made);
  },
});

const update = route({
  method: 'POST',
  path,
  parameters: updateShape,
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
  parameters: listShape,
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
