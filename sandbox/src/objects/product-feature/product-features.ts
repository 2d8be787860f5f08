import type Stripe from 'stripe';
import { invalidRequest, resourceMissing } from '../../errors/stripe-error.js';
import { listPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, required, string } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { entitlementFeatures } from '../entitlement-feature/entitlement-feature-type.js';
import { products } from '../product/product-type.js';
import { type ProductFeature, productFeatures } from './product-feature-type.js';

const path = '/v1/products/:product/features';

function attachedTo(context: Context, product: string): ProductFeature[] {
  return context.objects(productFeatures).where('product', product);
}

function requireAttached(context: Context, product: string, id: string): ProductFeature {
  const attached = context.objects(productFeatures).get(id);
  if (attached?.sandbox.product !== product) throw resourceMissing('product feature', id);
  return attached;
}

const create = route({
  method: 'POST',
  path,
  parameters: { entitlement_feature: required(string()) } satisfies DeclaredFor<Stripe.ProductCreateFeatureParams>,
  handle({ context, path: names, parameters: sent }) {
    const product = context.objects(products).require(names.product);
    const feature = context.objects(entitlementFeatures).require(sent.entitlement_feature, 'entitlement_feature');
    if (!feature.active) {
      throw invalidRequest('An archived feature cannot be attached to a product.', { param: 'entitlement_feature' });
    }
    if (attachedTo(context, product.id).some((other) => other.sandbox.feature === feature.id)) {
      throw invalidRequest('This feature is already attached to the product.', { param: 'entitlement_feature' });
    }
    const attached = context.objects(productFeatures).insert({
      id: context.newId('prodft'),
      object: 'product_feature',
      livemode: false,
      sandbox: { product: product.id, feature: feature.id },
    });
    return context.present(attached);
  },
});

const retrieve = route({
  method: 'GET',
  path: `${path}/:feature`,
  parameters: {},
  handle: ({ context, path: names }) => context.present(requireAttached(context, names.product, names.feature)),
});

const list = route({
  method: 'GET',
  path,
  parameters: { ...pagination } satisfies DeclaredFor<Stripe.ProductListFeaturesParams>,
  handle({ context, path: names, parameters }) {
    const product = context.objects(products).require(names.product);
    return listPage(context, productFeatures, parameters, {
      url: `/v1/products/${product.id}/features`,
      among: attachedTo(context, product.id),
    });
  },
});

const remove = route({
  method: 'DELETE',
  path: `${path}/:feature`,
  parameters: {},
  handle({ context, path: names }) {
    const attached = requireAttached(context, names.product, names.feature);
    context.objects(productFeatures).remove(attached.id);
    return { id: attached.id, object: 'product_feature', deleted: true };
  },
});

export const productFeatureResource: Resource = {
  types: [productFeatures],
  routes: [create, retrieve, list, remove],
};
