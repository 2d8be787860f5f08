import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type EntitlementFeature = Stored<Stripe.Entitlements.Feature>;

export const entitlementFeatures = objectType<EntitlementFeature>({
  object: 'entitlements.feature',
  prefix: 'feat',
  title: 'feature',
  indexes: { lookup_key: (feature) => feature.lookup_key },
});
