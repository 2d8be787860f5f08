import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { prices } from '../price/price-type.js';
import { products } from '../product/product-type.js';
import { type FeatureParameters } from './billing-portal-configuration-parameters.js';
import { type Configuration, type Features, type UpdatableProduct } from './billing-portal-configuration-type.js';

const REASONS = [
  'too_expensive',
  'missing_features',
  'switched_service',
  'unused',
  'customer_service',
  'too_complex',
  'low_quality',
  'other',
];

/** Everything switched off, as before a request says otherwise. */
export const NO_FEATURES: Features = {
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: { enabled: false, feedback_options: null, options: [] },
    enabled: false,
    mode: 'at_period_end',
    proration_behavior: 'none',
  },
  subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
  subscription_update: {
    billing_cycle_anchor: null,
    default_allowed_updates: [],
    enabled: false,
    proration_behavior: 'none',
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: 'end_trial',
  },
};

/** What the default configuration offers: everything but plan changes, for which somebody must name the products. */
export const DEFAULT_FEATURES: Features = {
  ...NO_FEATURES,
  customer_update: { allowed_updates: ['name', 'email', 'address', 'phone'], enabled: true },
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true, payment_method_configuration: null },
  subscription_cancel: {
    ...NO_FEATURES.subscription_cancel,
    cancellation_reason: { enabled: true, feedback_options: null, options: REASONS },
    enabled: true,
  },
};

type SentProducts = NonNullable<NonNullable<FeatureParameters['subscription_update']>['products']>;

/** Checks the products that a subscription may change to. Throws 400 for a price that is not the product's. */
function checkedProducts(context: Context, sent: SentProducts): UpdatableProduct[] {
  const name = 'features[subscription_update][products]';
  return sent.map(({ adjustable_quantity: adjustable, prices: ids, product }, position) => {
    context.objects(products).require(product, `${name}[${position}][product]`);
    for (const [index, id] of ids.entries()) {
      const param = `${name}[${position}][prices][${index}]`;
      const price = context.objects(prices).require(id, param);
      if (price.product !== product) {
        throw invalidRequest(`The price ${id} does not belong to the product ${product}.`, { param });
      }
      if (price.recurring === null) {
        throw invalidRequest(`The price ${id} is not recurring.`, { param });
      }
    }
    return {
      adjustable_quantity: {
        enabled: adjustable?.enabled ?? false,
        maximum: adjustable?.maximum ?? null,
        minimum: adjustable?.minimum ?? 1,
      },
      prices: [...ids],
      product,
    };
  });
}

function withUpdate(
  current: Features['subscription_update'],
  sent: FeatureParameters['subscription_update'],
  offered: readonly UpdatableProduct[],
): Features['subscription_update'] {
  const after = {
    ...current,
    billing_cycle_anchor: sent?.billing_cycle_anchor ?? current.billing_cycle_anchor,
    default_allowed_updates: changed(sent?.default_allowed_updates, current.default_allowed_updates) ?? [],
    enabled: sent?.enabled ?? current.enabled,
    proration_behavior: sent?.proration_behavior ?? current.proration_behavior,
    trial_update_behavior: sent?.trial_update_behavior ?? current.trial_update_behavior,
  };
  if (!after.enabled) return after;
  const missing =
    after.default_allowed_updates.length === 0
      ? 'default_allowed_updates'
      : offered.length === 0
        ? 'products'
        : undefined;
  if (missing === undefined) return after;
  const param = `features[subscription_update][${missing}]`;
  throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
}

function withCancel(
  current: Features['subscription_cancel'],
  sent: FeatureParameters['subscription_cancel'],
): Features['subscription_cancel'] {
  const reason = sent?.cancellation_reason;
  return {
    cancellation_reason:
      reason === undefined
        ? current.cancellation_reason
        : { enabled: reason.enabled, feedback_options: null, options: reason.options ?? [] },
    enabled: sent?.enabled ?? current.enabled,
    mode: sent?.mode ?? current.mode,
    proration_behavior: sent?.proration_behavior ?? current.proration_behavior,
  };
}

/** The configuration with the features of a request. Throws 400 for a feature that lacks what it needs. */
export function withFeatures(
  context: Context,
  configuration: Configuration,
  sent: FeatureParameters | undefined,
): Configuration {
  if (sent === undefined) return configuration;
  const { features, sandbox } = configuration;
  const sentProducts = sent.subscription_update?.products;
  const offered = sentProducts === undefined ? sandbox.products : checkedProducts(context, sentProducts ?? []);
  const customer = sent.customer_update;
  return {
    ...configuration,
    features: {
      ...features,
      customer_update: {
        allowed_updates: changed(customer?.allowed_updates, features.customer_update.allowed_updates) ?? [],
        enabled: customer?.enabled ?? features.customer_update.enabled,
      },
      invoice_history: { enabled: sent.invoice_history?.enabled ?? features.invoice_history.enabled },
      payment_method_update: {
        ...features.payment_method_update,
        enabled: sent.payment_method_update?.enabled ?? features.payment_method_update.enabled,
      },
      subscription_cancel: withCancel(features.subscription_cancel, sent.subscription_cancel),
      subscription_update: withUpdate(features.subscription_update, sent.subscription_update, offered),
    },
    sandbox: { products: offered },
  };
}
