import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Wire } from '../../wire.js';
import { type Price } from '../price/price-type.js';

/** Legacy plans live inside their item; the type says what can be expanded in them. */
export const plans = objectType<{ id: string; object: 'plan' }>({
  object: 'plan',
  prefix: 'plan',
  references: { product: 'product' },
});

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
