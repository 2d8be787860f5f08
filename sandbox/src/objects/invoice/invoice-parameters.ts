import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  array,
  boolean,
  currency,
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

const collectionMethod = oneOf('charge_automatically', 'send_invoice');
const customFields = unsettable(
  array(hash({ name: required(string({ max: 40 })), value: required(string({ max: 140 })) }), { max: 4 }),
);

const common = {
  account_tax_ids: unsupported(),
  application_fee_amount: unsupported(),
  auto_advance: boolean(),
  automatic_tax: hash({ enabled: required(boolean()), liability: unsupported() }),
  automatically_finalizes_at: timestamp(),
  collection_method: collectionMethod,
  custom_fields: customFields,
  days_until_due: integer({ min: 0, max: 3650 }),
  default_payment_method: string(),
  default_source: unsupported(),
  default_tax_rates: unsupported(),
  description: unsettable(string({ max: 1500 })),
  discounts: discountsParameter,
  due_date: timestamp(),
  effective_at: unsettable(timestamp()),
  footer: unsettable(string()),
  issuer: unsupported(),
  metadata: metadata(),
  number: string({ max: 26 }),
  on_behalf_of: unsupported(),
  payment_settings: unsupported(),
  rendering: unsupported(),
  shipping_cost: unsupported(),
  shipping_details: unsupported(),
  statement_descriptor: string({ max: 22 }),
  transfer_data: unsupported(),
};

export const createParameters = {
  ...common,
  currency: currency(),
  customer: required(string()),
  customer_account: unsupported(),
  from_invoice: unsupported(),
  pending_invoice_items_behavior: oneOf('exclude', 'include'),
  subscription: string(),
} satisfies DeclaredFor<Stripe.InvoiceCreateParams>;

export const updateParameters = common satisfies DeclaredFor<Stripe.InvoiceUpdateParams>;

export const listParameters = {
  ...pagination,
  collection_method: collectionMethod,
  created: range,
  customer: string(),
  customer_account: unsupported(),
  due_date: range,
  status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
  subscription: string(),
} satisfies DeclaredFor<Stripe.InvoiceListParams>;

export const payParameters = {
  forgive: unsupported(),
  mandate: unsupported(),
  off_session: boolean(),
  paid_out_of_band: boolean(),
  payment_method: string(),
  source: unsupported(),
} satisfies DeclaredFor<Stripe.InvoicePayParams>;

export type InvoiceCreateParameters = Values<typeof createParameters>;
export type InvoiceUpdateParameters = Values<typeof updateParameters>;
export type PayParameters = Values<typeof payParameters>;
