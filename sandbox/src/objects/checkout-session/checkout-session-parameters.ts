import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  array,
  boolean,
  currency,
  decimal,
  hash,
  integer,
  metadata,
  modelled,
  oneOf,
  onlyFalse,
  required,
  string,
  timestamp,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { shipping } from '../common-parameters.js';
import { createParameters } from '../subscription/subscription-parameters.js';

type Create = Stripe.Checkout.SessionCreateParams;

/** `enabled` of a feature that the sandbox has only switched off. */
const off = required(onlyFalse());
const switchedOff = hash({ enabled: off });

const productData = hash({
  description: string({ max: 40_000 }),
  images: array(string(), { max: 8 }),
  metadata: metadata(),
  name: required(string()),
  tax_code: unsupported(),
  tax_details: unsupported(),
  unit_label: string({ max: 12 }),
} satisfies DeclaredFor<Stripe.Checkout.SessionCreateParams.LineItem.PriceData.ProductData>);

const priceData = hash({
  currency: required(currency()),
  product: string(),
  product_data: productData,
  recurring: hash({
    interval: required(oneOf('day', 'month', 'week', 'year')),
    interval_count: integer({ min: 1 }),
  } satisfies DeclaredFor<Stripe.Checkout.SessionCreateParams.LineItem.PriceData.Recurring>),
  tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
  unit_amount: integer({ min: 0 }),
  unit_amount_decimal: decimal(),
} satisfies DeclaredFor<Stripe.Checkout.SessionCreateParams.LineItem.PriceData>);

const lineItem = hash({
  adjustable_quantity: hash({ enabled: off, maximum: unsupported(), minimum: unsupported() }),
  metadata: metadata(),
  price: string(),
  price_data: priceData,
  quantity: integer({ min: 0, max: 999_999_999 }),
  tax_rates: unsupported(),
} satisfies DeclaredFor<Stripe.Checkout.SessionCreateParams.LineItem>);

const subscriptionData = hash({
  application_fee_percent: unsupported(),
  billing_cycle_anchor: timestamp(),
  billing_cycle_anchor_config: createParameters.billing_cycle_anchor_config,
  billing_mode: createParameters.billing_mode,
  default_tax_rates: unsupported(),
  description: string({ max: 500 }),
  invoice_settings: createParameters.invoice_settings,
  metadata: metadata(),
  on_behalf_of: unsupported(),
  pending_invoice_item_interval: unsupported(),
  proration_behavior: oneOf('create_prorations', 'none'),
  transfer_data: unsupported(),
  trial_end: timestamp(),
  trial_period_days: integer({ min: 1, max: 730 }),
  trial_settings: hash({
    end_behavior: required(hash({ missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')) })),
  }),
} satisfies DeclaredFor<Stripe.Checkout.SessionCreateParams.SubscriptionData>);

const paymentIntentData = hash({
  application_fee_amount: unsupported(),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  description: string({ max: 1_000 }),
  metadata: metadata(),
  on_behalf_of: unsupported(),
  receipt_email: string(),
  setup_future_usage: oneOf('off_session', 'on_session'),
  shipping,
  statement_descriptor: string({ max: 22 }),
  statement_descriptor_suffix: string({ max: 22 }),
  transfer_data: unsupported(),
  transfer_group: unsupported(),
} satisfies DeclaredFor<Stripe.Checkout.SessionCreateParams.PaymentIntentData>);

const message = unsettable(hash({ message: required(string({ max: 1_200 })) }));

export const createSessionShape = {
  adaptive_pricing: switchedOff,
  after_expiration: unsupported(),
  allow_promotion_codes: boolean(),
  allowed_payment_method_types: array(string()),
  automatic_tax: hash({ enabled: off, liability: unsupported() }),
  billing_address_collection: oneOf('auto', 'required'),
  branding_settings: unsupported(),
  cancel_url: string(),
  client_reference_id: string({ max: 200 }),
  consent_collection: unsupported(),
  currency: currency(),
  custom_fields: unsupported(),
  custom_text: hash({
    after_submit: message,
    shipping_address: unsupported(),
    submit: message,
    terms_of_service_acceptance: unsupported(),
  } satisfies DeclaredFor<Create['custom_text']>),
  customer: string(),
  customer_account: unsupported(),
  customer_creation: oneOf('always', 'if_required'),
  customer_email: string({ max: 512 }),
  customer_update: hash({
    address: oneOf('auto', 'never'),
    name: oneOf('auto', 'never'),
    shipping: oneOf('auto', 'never'),
  }),
  discounts: array(hash({ coupon: string(), promotion_code: string() }), { max: 1 }),
  excluded_payment_method_types: array(string()),
  expires_at: timestamp(),
  integration_identifier: string({ max: 200 }),
  invoice_creation: hash({ enabled: off, invoice_data: unsupported() }),
  line_items: array(lineItem),
  locale: modelled('auto', 'en', 'en-GB'),
  managed_payments: switchedOff,
  metadata: metadata(),
  mode: oneOf('payment', 'setup', 'subscription'),
  name_collection: unsupported(),
  optional_items: unsupported(),
  origin_context: oneOf('mobile_app', 'web'),
  payment_intent_data: paymentIntentData,
  payment_method_collection: oneOf('always', 'if_required'),
  payment_method_configuration: unsupported(),
  payment_method_data: hash({ allow_redisplay: oneOf('always', 'limited', 'unspecified') }),
  payment_method_options: unsupported(),
  permissions: unsupported(),
  phone_number_collection: switchedOff,
  redirect_on_completion: unsupported(),
  return_url: unsupported(),
  saved_payment_method_options: unsupported(),
  setup_intent_data: hash({ description: string({ max: 1_000 }), metadata: metadata(), on_behalf_of: unsupported() }),
  shipping_address_collection: unsupported(),
  shipping_options: unsupported(),
  submit_type: oneOf('auto', 'book', 'donate', 'pay', 'subscribe'),
  subscription_data: subscriptionData,
  success_url: string(),
  tax_id_collection: hash({ enabled: off, required: unsupported() }),
  ui_mode: oneOf('elements', 'embedded_page', 'form', 'hosted_page'),
  wallet_options: unsupported(),
} satisfies DeclaredFor<Create>;

export type SessionParameters = Values<typeof createSessionShape>;
export type LineItemParameters = NonNullable<SessionParameters['line_items']>[number];

export const updateSessionShape = {
  collected_information: unsupported(),
  line_items: unsupported(),
  metadata: metadata(),
  payment_intent_data: unsupported(),
  shipping_options: unsupported(),
} satisfies DeclaredFor<Stripe.Checkout.SessionUpdateParams>;

export const listSessionShape = {
  ...pagination,
  created: range,
  customer: string(),
  customer_account: unsupported(),
  customer_details: hash({ email: required(string()) }),
  payment_intent: string(),
  payment_link: unsupported(),
  status: oneOf('complete', 'expired', 'open'),
  subscription: string(),
} satisfies DeclaredFor<Stripe.Checkout.SessionListParams>;
