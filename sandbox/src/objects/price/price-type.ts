import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';

export interface Hidden {
  tiers: Wire<Stripe.Price.Tier>[] | null;
  currency_options: Record<string, Wire<Stripe.Price.CurrencyOptions>>;
  /** True once it was deleted as a plan: `GET /v1/plans` does not show it any more. */
  plan_deleted?: boolean;
}

export type Price = Stored<Omit<Stripe.Price, 'tiers' | 'currency_options'>, Hidden>;

export const prices = objectType<Price>({
  object: 'price',
  prefix: 'price',
  indexes: { product: (price) => price.product, lookup_key: (price) => price.lookup_key },
  references: { product: 'product' },
  includable: {
    tiers: (price) => price.sandbox.tiers ?? undefined,
    currency_options: (price) => price.sandbox.currency_options,
  },
});
