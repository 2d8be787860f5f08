import type Stripe from 'stripe';
import {
  type DeclaredFor,
  boolean,
  hash,
  metadata,
  oneOf,
  onlyFalse,
  required,
  string,
  unsettable,
  unsupportedParameters,
} from '../../http/parameters.js';

/** Stripe's own scripts send the secret of the intent with a publishable key. */
export const clientSecret = { client_secret: string() };
const notModelled = unsupportedParameters(
  'allowed_payment_method_types',
  'attach_to_self',
  'customer_account',
  'excluded_payment_method_types',
  'flow_directions',
  'payment_method_configuration',
  'payment_method_data',
  'payment_method_options',
);

export const createParameters = {
  ...notModelled,
  ...unsupportedParameters('confirmation_token', 'mandate_data', 'on_behalf_of', 'single_use'),
  automatic_payment_methods: hash({ allow_redirects: oneOf('always', 'never'), enabled: required(boolean()) }),
  confirm: boolean(),
  customer: string(),
  description: string({ max: 1_000 }),
  metadata: metadata(),
  payment_method: string(),
  return_url: string(),
  usage: oneOf('off_session', 'on_session'),
  use_stripe_sdk: onlyFalse(),
} satisfies DeclaredFor<Stripe.SetupIntentCreateParams>;

export const updateParameters = {
  ...notModelled,
  customer: string(),
  description: unsettable(string({ max: 1_000 })),
  metadata: metadata(),
  payment_method: string(),
} satisfies DeclaredFor<Stripe.SetupIntentUpdateParams>;

export const confirmParameters = {
  ...clientSecret,
  ...unsupportedParameters(
    'allowed_payment_method_types',
    'confirmation_token',
    'mandate_data',
    'payment_method_data',
    'payment_method_options',
  ),
  payment_method: string(),
  return_url: string(),
  use_stripe_sdk: onlyFalse(),
} satisfies DeclaredFor<Stripe.SetupIntentConfirmParams>;
