import type Stripe from 'stripe';
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
  required,
  string,
} from '../../http/parameters.js';
import { tier as planTier, productData } from '../price/price-parameters.js';

/**
 * Plans, the way before prices: each recurring price is shown as the plan of the same id, and a plan that is created
 * here is a price too.
 */
export const createParameters = {
  currency: required(currency()),
  interval: required(oneOf('day', 'month', 'week', 'year')),
  active: boolean(),
  amount: integer({ min: 0, max: 99_999_999_999 }),
  amount_decimal: decimal(),
  billing_scheme: oneOf('per_unit', 'tiered'),
  id: string(),
  interval_count: integer({ min: 1 }),
  metadata: metadata(),
  meter: string(),
  nickname: string(),
  product: either(productData, string()),
  tiers: array(planTier),
  tiers_mode: oneOf('graduated', 'volume'),
  transform_usage: hash({ divide_by: required(integer({ min: 1 })), round: required(oneOf('down', 'up')) }),
  trial_period_days: integer({ min: 1 }),
  usage_type: oneOf('licensed', 'metered'),
} satisfies DeclaredFor<Stripe.PlanCreateParams>;
