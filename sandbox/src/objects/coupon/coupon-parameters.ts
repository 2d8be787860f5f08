import type Stripe from 'stripe';
import {
  type DeclaredFor,
  array,
  currency,
  float,
  hash,
  integer,
  metadata,
  oneOf,
  record,
  required,
  string,
  timestamp,
} from '../../http/parameters.js';

const currencyOptions = record(hash({ amount_off: required(integer({ min: 1 })) }));

export const createParameters = {
  amount_off: integer({ min: 1 }),
  applies_to: hash({ products: array(string()) }),
  currency: currency(),
  currency_options: currencyOptions,
  duration: oneOf('forever', 'once', 'repeating'),
  duration_in_months: integer({ min: 1 }),
  id: string({ max: 200 }),
  max_redemptions: integer({ min: 1 }),
  metadata: metadata(),
  name: string({ max: 40 }),
  percent_off: float({ min: 0, max: 100 }),
  redeem_by: timestamp(),
} satisfies DeclaredFor<Stripe.CouponCreateParams>;

export const updateParameters = {
  currency_options: currencyOptions,
  metadata: metadata(),
  name: string({ max: 40 }),
} satisfies DeclaredFor<Stripe.CouponUpdateParams>;
