import type Stripe from 'stripe';
import { type StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  array,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { address } from '../common-parameters.js';

const invoiceSettings = hash({
  custom_fields: unsettable(
    array(hash({ name: required(string({ max: 40 })), value: required(string({ max: 140 })) })),
  ),
  default_payment_method: unsettable(string()),
  footer: unsettable(string()),
  rendering_options: unsupported(),
});

export const commonParameters = {
  address: unsettable(address),
  balance: integer(),
  business_name: unsettable(string({ max: 150 })),
  cash_balance: unsupported(),
  description: unsettable(string()),
  email: unsettable(string({ max: 512 })),
  individual_name: unsettable(string({ max: 150 })),
  invoice_prefix: string({ max: 12 }),
  invoice_settings: invoiceSettings,
  metadata: metadata(),
  name: unsettable(string({ max: 256 })),
  next_invoice_sequence: integer({ min: 1 }),
  phone: unsettable(string({ max: 20 })),
  preferred_locales: unsettable(array(string())),
  shipping: unsettable(
    hash({ address: required(address), name: required(string()), phone: unsettable(string({ max: 20 })) }),
  ),
  source: string(),
  tax: unsupported(),
  tax_exempt: unsettable(oneOf('exempt', 'none', 'reverse')),
  validate: unsupported(),
};

export const createParameters = {
  ...commonParameters,
  payment_method: string(),
  tax_id_data: unsupported(),
  test_clock: string(),
} satisfies DeclaredFor<Stripe.CustomerCreateParams>;

export const updateParameters = {
  ...commonParameters,
  default_source: unsupported(),
} satisfies DeclaredFor<Stripe.CustomerUpdateParams>;

export const listParameters = {
  ...pagination,
  created: range,
  email: string(),
  test_clock: string(),
} satisfies DeclaredFor<Stripe.CustomerListParams>;

/** The email address when it looks like one. Throws 400 `email_invalid`. */
export function checkedEmail(email: string | null | undefined): string | null | undefined {
  if (typeof email === 'string' && !/^[^\s@]+@[^\s@]+$/.test(email)) throw invalidEmail(email);
  return email;
}

function invalidEmail(email: string): StripeError {
  return invalidRequest(`Invalid email address: ${email}`, { code: 'email_invalid', param: 'email' });
}
