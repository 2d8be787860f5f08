import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { type UpdateParameters } from './billing-portal-configuration-parameters.js';
import { type Configuration, configurations } from './billing-portal-configuration-type.js';
import { DEFAULT_FEATURES, NO_FEATURES, withFeatures } from './compute-features.js';

export function blank(context: Context): Configuration {
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

export function withValues(context: Context, configuration: Configuration, sent: UpdateParameters): Configuration {
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
