import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  boolean,
  currency,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  string,
  timestamp,
  unsupported,
} from '../../http/parameters.js';

export const createParameters = {
  promotion: hash({ coupon: required(string()), type: required(oneOf('coupon')) }),
  active: boolean(),
  code: string({ max: 500 }),
  customer: string(),
  customer_account: unsupported(),
  expires_at: timestamp(),
  max_redemptions: integer({ min: 1 }),
  metadata: metadata(),
  restrictions: hash({
    currency_options: unsupported(),
    first_time_transaction: boolean(),
    minimum_amount: integer({ min: 1 }),
    minimum_amount_currency: currency(),
  }),
} satisfies DeclaredFor<Stripe.PromotionCodeCreateParams>;

export const updateParameters = {
  active: boolean(),
  metadata: metadata(),
  restrictions: unsupported(),
} satisfies DeclaredFor<Stripe.PromotionCodeUpdateParams>;

export const listParameters = {
  ...pagination,
  active: boolean(),
  code: string(),
  coupon: string(),
  created: range,
  customer: string(),
  customer_account: unsupported(),
} satisfies DeclaredFor<Stripe.PromotionCodeListParams>;
