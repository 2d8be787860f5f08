import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';

type Declared = Stripe.BillingPortal.Configuration;
type Update = Declared['features']['subscription_update'];

/** The API shows the products of `subscription_update` only when they are expanded. */
type Shown = Omit<Declared, 'features'> & {
  features: Omit<Declared['features'], 'subscription_update'> & { subscription_update: Omit<Update, 'products'> };
};

export type UpdatableProduct = Wire<NonNullable<Update['products']>[number]>;

/** What the pages of a portal session offer. */
export type Configuration = Stored<Shown, { readonly products: readonly UpdatableProduct[] }>;
export type Features = Configuration['features'];

export const configurations = objectType<Configuration>({
  object: 'billing_portal.configuration',
  prefix: 'bpc',
  title: 'configuration',
  includable: { 'features.subscription_update.products': (configuration) => configuration.sandbox.products },
});
