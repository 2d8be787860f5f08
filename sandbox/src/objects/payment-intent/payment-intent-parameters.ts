import type Stripe from 'stripe';
import {
  type DeclaredFor,
  array,
  boolean,
  currency,
  either,
  hash,
  integer,
  metadata,
  modelled,
  oneOf,
  onlyFalse,
  required,
  string,
  unsettable,
  unsupportedParameters,
} from '../../http/parameters.js';
import { shipping } from '../common-parameters.js';
import { mandateData } from '../mandate/mandate-parameters.js';

const futureUsage = oneOf('off_session', 'on_session');
const offSession = either(boolean(), oneOf('one_off', 'recurring'));
export const amount = integer({ min: 1, max: 99_999_999_999 });
/** Stripe's own scripts send the secret of the intent with a publishable key. */
export const clientSecret = { client_secret: string() };
const notModelled = unsupportedParameters(
  'amount_details',
  'excluded_payment_method_types',
  'hooks',
  'payment_details',
  'payment_method_data',
  'payment_method_options',
);

export const createParameters = {
  ...notModelled,
  ...unsupportedParameters(
    'application_fee_amount',
    'confirmation_token',
    'customer_account',
    'mandate',
    'on_behalf_of',
    'payment_method_configuration',
    'radar_options',
    'transfer_data',
    'transfer_group',
  ),
  allowed_payment_method_types: array(modelled('card', 'sepa_debit')),
  amount: required(amount),
  currency: required(currency()),
  automatic_payment_methods: hash({ allow_redirects: oneOf('always', 'never'), enabled: required(boolean()) }),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  confirm: boolean(),
  confirmation_method: oneOf('automatic', 'manual'),
  customer: string(),
  description: string({ max: 1_000 }),
  error_on_requires_action: boolean(),
  mandate_data: mandateData,
  metadata: metadata(),
  off_session: offSession,
  payment_method: string(),
  receipt_email: string(),
  return_url: string(),
  setup_future_usage: futureUsage,
  shipping,
  statement_descriptor: string({ max: 22 }),
  statement_descriptor_suffix: string({ max: 22 }),
  use_stripe_sdk: onlyFalse(),
} satisfies DeclaredFor<Stripe.PaymentIntentCreateParams>;

export const updateParameters = {
  ...notModelled,
  ...unsupportedParameters(
    'allowed_payment_method_types',
    'application_fee_amount',
    'customer_account',
    'payment_method_configuration',
    'transfer_data',
    'transfer_group',
  ),
  amount,
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  currency: currency(),
  customer: string(),
  description: unsettable(string({ max: 1_000 })),
  metadata: metadata(),
  payment_method: string(),
  receipt_email: unsettable(string()),
  setup_future_usage: unsettable(futureUsage),
  shipping: unsettable(shipping),
  statement_descriptor: string({ max: 22 }),
  statement_descriptor_suffix: string({ max: 22 }),
} satisfies DeclaredFor<Stripe.PaymentIntentUpdateParams>;

export const confirmParameters = {
  ...notModelled,
  ...clientSecret,
  ...unsupportedParameters(
    'allowed_payment_method_types',
    'amount_to_confirm',
    'confirmation_token',
    'mandate',
    'radar_options',
  ),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  error_on_requires_action: boolean(),
  mandate_data: mandateData,
  off_session: offSession,
  payment_method: string(),
  receipt_email: unsettable(string()),
  return_url: string(),
  setup_future_usage: unsettable(futureUsage),
  shipping: unsettable(shipping),
  use_stripe_sdk: onlyFalse(),
} satisfies DeclaredFor<Stripe.PaymentIntentConfirmParams>;
