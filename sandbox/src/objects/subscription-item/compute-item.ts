import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context, withoutHidden } from '../../kernel/context.js';
import { type Period } from '../../rules/billing-cycle.js';
import { planOf } from '../plan/plan-type.js';
import { insertPrice } from '../price/create-price.js';
import { type Price, prices } from '../price/price-type.js';
import { products } from '../product/product-type.js';
import { type SubscriptionItem } from '../subscription/subscription-type.js';
import { type ItemChange } from './subscription-item-parameters.js';

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
