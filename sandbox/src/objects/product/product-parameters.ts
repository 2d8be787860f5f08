import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  array,
  boolean,
  currency,
  decimal,
  float,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';

const features = array(hash({ name: required(string({ max: 80 })) }), { max: 15 });
const packageDimensions = hash({
  height: required(float()),
  length: required(float()),
  weight: required(float()),
  width: required(float()),
});

export const createParameters = {
  name: required(string()),
  active: boolean(),
  default_price_data: hash({
    currency: required(currency()),
    currency_options: unsupported(),
    custom_unit_amount: unsupported(),
    metadata: metadata(),
    recurring: hash({ interval: required(oneOf('day', 'month', 'week', 'year')), interval_count: integer({ min: 1 }) }),
    tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
    unit_amount: integer({ min: 0 }),
    unit_amount_decimal: decimal(),
  } satisfies DeclaredFor<Stripe.ProductCreateParams.DefaultPriceData>),
  description: unsettable(string({ max: 40_000 })),
  id: string(),
  images: array(string(), { max: 8 }),
  marketing_features: features,
  metadata: metadata(),
  package_dimensions: packageDimensions,
  shippable: boolean(),
  statement_descriptor: string({ max: 22 }),
  tax_code: unsupported(),
  tax_details: unsupported(),
  type: oneOf('good', 'service'),
  unit_label: string({ max: 12 }),
  url: string(),
} satisfies DeclaredFor<Stripe.ProductCreateParams>;

export const updateParameters = {
  active: boolean(),
  default_price: unsettable(string()),
  description: unsettable(string({ max: 40_000 })),
  images: unsettable(array(string(), { max: 8 })),
  marketing_features: unsettable(features),
  metadata: metadata(),
  name: string(),
  package_dimensions: unsettable(packageDimensions),
  shippable: boolean(),
  statement_descriptor: string({ max: 22 }),
  tax_code: unsupported(),
  tax_details: unsupported(),
  unit_label: unsettable(string({ max: 12 })),
  url: unsettable(string()),
} satisfies DeclaredFor<Stripe.ProductUpdateParams>;

export const listParameters = {
  ...pagination,
  active: boolean(),
  created: range,
  ids: array(string()),
  shippable: boolean(),
  type: oneOf('good', 'service'),
  url: string(),
} satisfies DeclaredFor<Stripe.ProductListParams>;
