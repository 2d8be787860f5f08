import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import { type DeclaredFor, array, boolean, string } from '../../http/parameters.js';

export const listParameters = {
  ...pagination,
  created: range,
  delivery_success: boolean(),
  type: string(),
  types: array(string(), { max: 20 }),
} satisfies DeclaredFor<Stripe.EventListParams>;
