import type Stripe from 'stripe';
import {
  type DeclaredFor,
  type Values,
  boolean,
  currency,
  decimal,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  string,
  unsupported,
} from '../../http/parameters.js';

const priceData = hash({
  currency: required(currency()),
  product: required(string()),
  recurring: required(
    hash({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: integer({ min: 1 }) }),
  ),
  tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
  unit_amount: integer({ min: 0 }),
  unit_amount_decimal: decimal(),
} satisfies DeclaredFor<Stripe.SubscriptionCreateParams.Item.PriceData>);

const common = {
  billing_thresholds: unsupported(),
  current_trial: unsupported(),
  discounts: unsupported(),
  metadata: metadata(),
  plan: string(),
  price: string(),
  price_data: priceData,
  quantity: integer({ min: 0, max: 1_000_000_000 }),
  tax_rates: unsupported(),
};

/** An entry of `items` when a subscription is created. */
export const newItemShape = common satisfies DeclaredFor<Stripe.SubscriptionCreateParams.Item>;

/** An entry of `items` when a subscription is changed: with `id` it changes that item, without it adds one. */
export const itemChangeShape = {
  ...common,
  clear_usage: unsupported(),
  deleted: boolean(),
  id: string(),
} satisfies DeclaredFor<Stripe.SubscriptionUpdateParams.Item>;

export type ItemChange = Values<typeof itemChangeShape>;
