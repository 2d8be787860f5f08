import type Stripe from 'stripe';
import {
  boolean,
  type DeclaredFor,
  decimal,
  currency,
  hash,
  integer,
  metadata,
  mergeMetadata,
  oneOf,
  required,
  string,
  unsupported,
  type Values,
} from '../../http/parameters.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context, withoutHidden } from '../../kernel/context.js';
import { type Period } from '../../rules/billing-cycle.js';
import { type Wire } from '../../wire.js';
import { type Price, insertPrice, prices } from '../price/prices.js';
import { products } from '../product/products.js';
import { type SubscriptionItem } from '../subscription/subscription-type.js';

const priceData = hash({
  currency: required(currency()),
  product: required(string()),
  recurring: required(
    hash({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: integer({ min: 1 }) }),
  ),
  tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
  unit_amount: integer({ min: 0 }),
  unit_amount_decimal: decimal(),
} satisfies DeclaredFor<Stripe.SubscriptionCreateParams.Item.PriceData>);

const common = {
  billing_thresholds: unsupported(),
  current_trial: unsupported(),
  discounts: unsupported(),
  metadata: metadata(),
  plan: string(),
  price: string(),
  price_data: priceData,
  quantity: integer({ min: 0, max: 1_000_000_000 }),
  tax_rates: unsupported(),
};

/** An entry of `items` when a subscription is created. */
export const newItemShape = common satisfies DeclaredFor<Stripe.SubscriptionCreateParams.Item>;

/** An entry of `items` when a subscription is changed: with `id` it changes that item, without it adds one. */
export const itemChangeShape = {
  ...common,
  clear_usage: unsupported(),
  deleted: boolean(),
  id: string(),
} satisfies DeclaredFor<Stripe.SubscriptionUpdateParams.Item>;

export type ItemChange = Values<typeof itemChangeShape>;

/** The legacy plan that Stripe shows beside a price. */
export function planOf(price: Price): Wire<Stripe.Plan> {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: price.recurring?.usage_type ?? 'licensed',
  };
}

/** The price that an entry of `items` names or describes. Throws 400 when there is none or it cannot be subscribed to. */
export function priceOf(context: Context, entry: ItemChange, param: string): Price {
  if (entry.price_data !== undefined) {
    context.objects(products).require(entry.price_data.product, `${param}[price_data][product]`);
    return insertPrice(context, entry.price_data);
  }
  const name = entry.price === undefined && entry.plan !== undefined ? 'plan' : 'price';
  const id = entry.price ?? entry.plan;
  if (id === undefined) {
    throw invalidRequest(`Missing required param: ${param}[price].`, {
      code: 'parameter_missing',
      param: `${param}[price]`,
    });
  }
  const price = context.objects(prices).require(id, `${param}[${name}]`);
  if (price.recurring === null) {
    throw invalidRequest(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param: `${param}[price]` },
    );
  }
  if (!price.active) {
    throw invalidRequest(`The price specified is inactive. This field only accepts active prices.`, {
      code: 'resource_missing',
      param: `${param}[price]`,
    });
  }
  return price;
}

/** An item of a subscription for a price; its periods are set by who starts them. */
export function newItem(context: Context, subscription: string, price: Price, entry: ItemChange): SubscriptionItem {
  const metered = price.recurring?.usage_type === 'metered';
  if (metered && entry.quantity !== undefined) {
    throw invalidRequest('Quantity should not be specified where usage_type is `metered`.', { param: 'items' });
  }
  const period: Period = { start: context.now(), end: context.now() };
  return {
    id: context.newId('si', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: context.now(),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: mergeMetadata({}, entry.metadata),
    plan: planOf(price),
    price: withoutHidden(price),
    ...(metered ? {} : { quantity: entry.quantity ?? 1 }),
    subscription,
    tax_rates: [],
  };
}
