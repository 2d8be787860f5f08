import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  array,
  boolean,
  currency,
  decimal,
  either,
  hash,
  integer,
  metadata,
  modelled,
  oneOf,
  required,
  string,
  timestamp,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { discountsParameter } from '../discount/discount-parameters.js';
import { itemChangeShape, newItemShape } from '../subscription-item/subscription-item-parameters.js';

const trialSettings = hash({
  end_behavior: required(
    hash({
      billing_cycle_anchor: oneOf('now', 'unchanged'),
      missing_payment_method: oneOf('cancel', 'create_invoice', 'pause'),
    } satisfies DeclaredFor<Stripe.SubscriptionCreateParams.TrialSettings.EndBehavior>),
  ),
});

const invoiceSettingsShape = {
  account_tax_ids: unsupported(),
  custom_fields: unsettable(
    array(hash({ name: required(string({ max: 40 })), value: required(string({ max: 140 })) }), { max: 4 }),
  ),
  description: unsettable(string()),
  footer: unsettable(string()),
  issuer: unsupported(),
};

const paymentSettings = hash({
  payment_method_options: unsupported(),
  payment_method_types: unsettable(array(modelled('card', 'link'))),
  save_default_payment_method: oneOf('off', 'on_subscription'),
} satisfies DeclaredFor<Stripe.SubscriptionCreateParams.PaymentSettings>);

const addInvoiceItem = hash({
  discountable: boolean(),
  discounts: unsupported(),
  metadata: metadata(),
  period: unsupported(),
  price: string(),
  price_data: hash({
    currency: required(currency()),
    product: required(string()),
    tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
    unit_amount: integer(),
    unit_amount_decimal: decimal(),
  } satisfies DeclaredFor<Stripe.SubscriptionCreateParams.AddInvoiceItem.PriceData>),
  quantity: integer({ min: 0 }),
  tax_rates: unsupported(),
} satisfies DeclaredFor<Stripe.SubscriptionCreateParams.AddInvoiceItem>);

const automaticTax = hash({ enabled: required(boolean()), liability: unsupported() });
const cancelAt = either(timestamp(), oneOf('min_period_end', 'max_period_end', 'max_billed_until'));
const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none');

const common = {
  add_invoice_items: array(addInvoiceItem, { max: 20 }),
  application_fee_percent: unsupported(),
  automatic_tax: automaticTax,
  billing_schedules: unsupported(),
  billing_thresholds: unsupported(),
  cancel_at_period_end: boolean(),
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  days_until_due: integer({ min: 0, max: 3650 }),
  default_payment_method: string(),
  default_tax_rates: unsupported(),
  discounts: discountsParameter,
  metadata: metadata(),
  off_session: boolean(),
  on_behalf_of: unsupported(),
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'),
  payment_settings: paymentSettings,
  pending_invoice_item_interval: unsupported(),
  proration_behavior: prorationBehavior,
  transfer_data: unsupported(),
  trial_end: either(timestamp(), oneOf('now')),
  trial_from_plan: boolean(),
  trial_settings: trialSettings,
};

const anchorConfig = hash({
  day_of_month: required(integer({ min: 1, max: 31 })),
  hour: integer({ min: 0, max: 23 }),
  minute: integer({ min: 0, max: 59 }),
  month: integer({ min: 1, max: 12 }),
  second: integer({ min: 0, max: 59 }),
} satisfies DeclaredFor<Stripe.SubscriptionCreateParams.BillingCycleAnchorConfig>);

/** `billing_mode`: flexible, which the sandbox models; classic is refused. */
export const billingMode = hash({
  flexible: hash({ proration_discounts: modelled('included') }),
  type: required(modelled('flexible')),
});

export const createParameters = {
  ...common,
  backdate_start_date: unsupported(),
  billing_cycle_anchor: timestamp(),
  billing_cycle_anchor_config: anchorConfig,
  billing_mode: billingMode,
  cancel_at: cancelAt,
  currency: currency(),
  customer: required(string()),
  customer_account: unsupported(),
  default_source: unsupported(),
  description: string({ max: 500 }),
  invoice_settings: hash(invoiceSettingsShape),
  items: required(array(hash(newItemShape), { max: 20 })),
  trial_period_days: integer({ min: 0, max: 730 }),
} satisfies DeclaredFor<Stripe.SubscriptionCreateParams>;

/** `cancellation_details` of an update or a cancellation. */
const cancellationDetails = hash({
  comment: unsettable(string()),
  feedback: unsettable(
    oneOf(
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ),
  ),
  feedback_option: unsupported(),
} satisfies DeclaredFor<Stripe.SubscriptionCancelParams.CancellationDetails>);

export const updateParameters = {
  ...common,
  default_payment_method: unsettable(string()),
  billing_cycle_anchor: hash({ type: required(oneOf('now', 'unchanged')) }),
  cancel_at: unsettable(cancelAt),
  cancellation_details: cancellationDetails,
  default_source: unsupported(),
  description: unsettable(string({ max: 500 })),
  invoice_settings: hash(invoiceSettingsShape),
  items: array(hash(itemChangeShape), { max: 20 }),
  pause_collection: unsettable(
    hash({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: timestamp() }),
  ),
  proration_date: timestamp(),
} satisfies DeclaredFor<Stripe.SubscriptionUpdateParams>;

export const cancelParameters = {
  cancellation_details: cancellationDetails,
  invoice_now: boolean(),
  prorate: boolean(),
} satisfies DeclaredFor<Stripe.SubscriptionCancelParams>;

export const listParameters = {
  ...pagination,
  automatic_tax: unsupported(),
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  created: range,
  current_period_end: range,
  current_period_start: range,
  customer: string(),
  customer_account: unsupported(),
  plan: string(),
  price: string(),
  status: oneOf(
    'active',
    'all',
    'canceled',
    'ended',
    'incomplete',
    'incomplete_expired',
    'past_due',
    'paused',
    'trialing',
    'unpaid',
  ),
  test_clock: string(),
} satisfies DeclaredFor<Stripe.SubscriptionListParams>;

export type CreateParameters = Values<typeof createParameters>;
export type UpdateParameters = Values<typeof updateParameters>;
export type CancelParameters = Values<typeof cancelParameters>;
export type AddedInvoiceItem = NonNullable<CreateParameters['add_invoice_items']>[number];
