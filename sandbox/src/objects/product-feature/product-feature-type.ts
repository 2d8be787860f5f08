import type Stripe from 'stripe';
import { withoutHidden } from '../../kernel/context.js';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';
import { entitlementFeatures } from '../entitlement-feature/entitlement-feature-type.js';

interface Hidden {
  product: string;
  /** Id of the feature. */
  feature: string;
}

export type ProductFeature = Stored<Omit<Stripe.ProductFeature, 'entitlement_feature' | 'deleted'>, Hidden>;

export const productFeatures = objectType<ProductFeature>({
  object: 'product_feature',
  prefix: 'prodft',
  title: 'product feature',
  indexes: { product: (attached) => attached.sandbox.product },
  present: (attached, context) => ({
    ...withoutHidden(attached),
    entitlement_feature: context.present(context.objects(entitlementFeatures).require(attached.sandbox.feature)),
  }),
});
