import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  array,
  boolean,
  currency,
  decimal,
  either,
  hash,
  integer,
  metadata,
  oneOf,
  record,
  required,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';

const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified');
const amount = integer({ min: 0, max: 99_999_999_999 });
export const tier = hash({
  flat_amount: amount,
  flat_amount_decimal: decimal(),
  unit_amount: amount,
  unit_amount_decimal: decimal(),
  up_to: required(either(integer({ min: 1 }), oneOf('inf'))),
});
const currencyOptions = record(
  hash({
    custom_unit_amount: unsupported(),
    tax_behavior: taxBehavior,
    tiers: array(tier),
    unit_amount: amount,
    unit_amount_decimal: decimal(),
  }),
);

/** The product of a new price, or of a new plan. */
export const productData = hash({
  active: boolean(),
  id: string(),
  metadata: metadata(),
  name: required(string()),
  statement_descriptor: string({ max: 22 }),
  tax_code: unsupported(),
  tax_details: unsupported(),
  unit_label: string({ max: 12 }),
} satisfies DeclaredFor<Stripe.PriceCreateParams.ProductData>);

export const createParameters = {
  currency: required(currency()),
  active: boolean(),
  billing_scheme: oneOf('per_unit', 'tiered'),
  currency_options: currencyOptions,
  custom_unit_amount: unsupported(),
  lookup_key: string({ max: 200 }),
  metadata: metadata(),
  nickname: string(),
  product: string(),
  product_data: productData,
  recurring: hash({
    interval: required(oneOf('day', 'month', 'week', 'year')),
    interval_count: integer({ min: 1 }),
    meter: string(),
    trial_period_days: integer({ min: 1 }),
    usage_type: oneOf('licensed', 'metered'),
  } satisfies DeclaredFor<Stripe.PriceCreateParams.Recurring>),
  tax_behavior: taxBehavior,
  tiers: array(tier),
  tiers_mode: oneOf('graduated', 'volume'),
  transfer_lookup_key: boolean(),
  transform_quantity: hash({ divide_by: required(integer({ min: 1 })), round: required(oneOf('down', 'up')) }),
  unit_amount: amount,
  unit_amount_decimal: decimal(),
} satisfies DeclaredFor<Stripe.PriceCreateParams>;

export const updateParameters = {
  active: boolean(),
  currency_options: unsettable(currencyOptions),
  lookup_key: unsettable(string({ max: 200 })),
  metadata: metadata(),
  nickname: unsettable(string()),
  tax_behavior: taxBehavior,
  transfer_lookup_key: boolean(),
} satisfies DeclaredFor<Stripe.PriceUpdateParams>;

export const listParameters = {
  ...pagination,
  active: boolean(),
  created: range,
  currency: currency(),
  lookup_keys: array(string(), { max: 10 }),
  product: string(),
  recurring: hash({
    interval: oneOf('day', 'month', 'week', 'year'),
    meter: string(),
    usage_type: oneOf('licensed', 'metered'),
  }),
  type: oneOf('one_time', 'recurring'),
} satisfies DeclaredFor<Stripe.PriceListParams>;
