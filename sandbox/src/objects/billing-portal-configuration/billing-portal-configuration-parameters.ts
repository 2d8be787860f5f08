import type Stripe from 'stripe';
import { pagination } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Parameter,
  type Values,
  array,
  boolean,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { invalidRequest, notSupported } from '../../errors/stripe-error.js';

type Create = Stripe.BillingPortal.ConfigurationCreateParams;
type SentFeatures = Stripe.BillingPortal.ConfigurationCreateParams.Features;

/** `enabled` of a feature that the portal has only switched off. */
const off: Parameter<false, false> = {
  required: false,
  decode(value, name) {
    if (value === 'false') return false;
    throw notSupported(`'${name}' other than false`, name);
  },
};

/** A web address. */
export const webAddress: Parameter<string, false> = {
  required: false,
  decode(value, name) {
    const url = string().decode(value, name);
    if (/^https?:\/\/[^\s/]/i.test(url) && URL.canParse(url)) return url;
    throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: name });
  },
};

const cancellationReason = hash({
  enabled: required(boolean()),
  feedback_options: unsupported(),
  options: required(
    unsettable(
      array(
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
    ),
  ),
} satisfies DeclaredFor<Stripe.BillingPortal.ConfigurationCreateParams.Features.SubscriptionCancel.CancellationReason>);

const updatableProduct = hash({
  adjustable_quantity: hash({
    enabled: required(boolean()),
    maximum: integer({ min: 1 }),
    minimum: integer({ min: 0 }),
  }),
  prices: required(array(string(), { max: 10 })),
  product: required(string()),
} satisfies DeclaredFor<Stripe.BillingPortal.ConfigurationCreateParams.Features.SubscriptionUpdate.Product>);

const featuresShape = {
  customer_update: hash({
    allowed_updates: unsettable(array(oneOf('address', 'email', 'name', 'phone', 'shipping', 'tax_id'))),
    enabled: boolean(),
  }),
  invoice_history: hash({ enabled: required(boolean()) }),
  payment_method_update: hash({ enabled: required(boolean()), payment_method_configuration: unsupported() }),
  subscription_cancel: hash({
    cancellation_reason: cancellationReason,
    enabled: boolean(),
    mode: oneOf('at_period_end', 'immediately'),
    proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
  }),
  subscription_pause: hash({ duration: unsupported(), enabled: off }),
  subscription_update: hash({
    billing_cycle_anchor: oneOf('now', 'unchanged'),
    default_allowed_updates: unsettable(array(oneOf('price', 'promotion_code', 'quantity'))),
    enabled: boolean(),
    products: unsettable(array(updatableProduct, { max: 10 })),
    proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
    schedule_at_period_end: hash({ conditions: array(hash({ type: unsupported() })) }),
    trial_update_behavior: oneOf('continue_trial', 'end_trial'),
  }),
} satisfies DeclaredFor<SentFeatures>;

const features = hash(featuresShape);

const common = {
  business_profile: hash({
    headline: unsettable(string({ max: 60 })),
    privacy_policy_url: unsettable(webAddress),
    terms_of_service_url: unsettable(webAddress),
  }),
  default_return_url: unsettable(webAddress),
  login_page: hash({ enabled: off }),
  metadata: metadata(),
  name: unsettable(string({ max: 100 })),
};

export const createParameters = { ...common, features: required(features) } satisfies DeclaredFor<Create>;

export const updateParameters = {
  ...common,
  active: boolean(),
  features,
} satisfies DeclaredFor<Stripe.BillingPortal.ConfigurationUpdateParams>;

export const listParameters = {
  ...pagination,
  active: boolean(),
  is_default: boolean(),
} satisfies DeclaredFor<Stripe.BillingPortal.ConfigurationListParams>;

type CreateParameters = Values<typeof createParameters>;
export type UpdateParameters = Values<typeof updateParameters>;
export type FeatureParameters = Values<typeof featuresShape>;
