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
  timestamp,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { discountsParameter } from '../discount/discount-parameters.js';

const common = {
  amount: integer(),
  description: string(),
  discountable: boolean(),
  discounts: discountsParameter,
  metadata: metadata(),
  period: hash({ end: required(timestamp()), start: required(timestamp()) }),
  price_data: hash({
    currency: required(currency()),
    product: required(string()),
    tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
    unit_amount: integer(),
    unit_amount_decimal: decimal(),
  }),
  pricing: hash({ price: string() }),
  quantity: integer({ min: 0 }),
  quantity_decimal: unsupported(),
  tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
  tax_code: unsupported(),
  tax_rates: unsupported(),
  unit_amount_decimal: decimal(),
};

export const createParameters = {
  ...common,
  currency: currency(),
  customer: required(string()),
  customer_account: unsupported(),
  invoice: string(),
  subscription: string(),
} satisfies DeclaredFor<Stripe.InvoiceItemCreateParams>;

export const updateParameters = {
  ...common,
  description: unsettable(string()),
  invoicing_rules: unsupported(),
} satisfies DeclaredFor<Stripe.InvoiceItemUpdateParams>;

export type Sent = Omit<Values<typeof createParameters>, 'customer' | 'description'>;
