import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { listPage, pagination } from '../../http/lists.js';
import { boolean, type DeclaredFor, mergeMetadata, metadata, required, string } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { entitlementFeatures } from './entitlement-feature-type.js';

const path = '/v1/entitlements/features/:feature';

const create = route({
  method: 'POST',
  path: '/v1/entitlements/features',
  parameters: {
    lookup_key: required(string({ max: 80 })),
    metadata: metadata(),
    name: required(string({ max: 80 })),
  } satisfies DeclaredFor<Stripe.Entitlements.FeatureCreateParams>,
  handle({ context, parameters: sent }) {
    if (context.objects(entitlementFeatures).where('lookup_key', sent.lookup_key).length > 0) {
      throw invalidRequest(`A feature with lookup_key ${sent.lookup_key} already exists.`, { param: 'lookup_key' });
    }
    const feature = context.objects(entitlementFeatures).insert({
      id: context.newId('feat_test', 30),
      object: 'entitlements.feature',
      active: true,
      livemode: false,
      lookup_key: sent.lookup_key,
      metadata: mergeMetadata({}, sent.metadata),
      name: sent.name,
    });
    return context.present(feature);
  },
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(context.objects(entitlementFeatures).require(names.feature)),
});

const update = route({
  method: 'POST',
  path,
  parameters: {
    active: boolean(),
    metadata: metadata(),
    name: string({ max: 80 }),
  } satisfies DeclaredFor<Stripe.Entitlements.FeatureUpdateParams>,
  handle({ context, path: names, parameters: sent }) {
    const before = context.objects(entitlementFeatures).require(names.feature);
    const after = context.objects(entitlementFeatures).update(before.id, {
      active: sent.active ?? before.active,
      metadata: mergeMetadata(before.metadata, sent.metadata),
      name: sent.name ?? before.name,
    });
    return context.present(after);
  },
});

const list = route({
  method: 'GET',
  path: '/v1/entitlements/features',
  parameters: {
    ...pagination,
    archived: boolean(),
    lookup_key: string(),
  } satisfies DeclaredFor<Stripe.Entitlements.FeatureListParams>,
  handle: ({ context, parameters: sent }) =>
    listPage(context, entitlementFeatures, sent, {
      url: '/v1/entitlements/features',
      filter: (feature) =>
        feature.active !== (sent.archived ?? false) &&
        (sent.lookup_key === undefined || feature.lookup_key === sent.lookup_key),
    }),
});

export const entitlementFeatureResource: Resource = {
  types: [entitlementFeatures],
  routes: [create, retrieve, update, list],
};
