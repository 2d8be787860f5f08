import { type StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type PricedBy } from '../../rules/amounts.js';
import { prices } from './price-type.js';

/** The price by its id, with what it costs in its own currency. */
type KnownPrice = Omit<PricedBy, 'tiers'> & { readonly id: string; readonly currency: string };

/**
 * What a price costs in a currency: its own, or one of its `currency_options`; undefined where it has none in that one.
 * A subscription in another currency shows the price with its own currency and amount all the same, as Stripe does.
 */
export function priceIn(context: Context, price: KnownPrice, currency: string): PricedBy | undefined {
  const hidden = context.objects(prices).get(price.id)?.sandbox;
  if (price.currency === currency) return { ...price, tiers: hidden?.tiers ?? [] };
  const option = hidden?.currency_options[currency];
  if (option === undefined) return undefined;
  return { ...price, unit_amount_decimal: option.unit_amount_decimal, tiers: option.tiers ?? [] };
}

/** Stripe's refusal of a price that has no amount in a currency. */
export function otherCurrency(own: string, expected: string, param: string): StripeError {
  return invalidRequest(
    `The price specified only supports \`${own}\`. This doesn't match the expected currency: \`${expected}\`.`,
    { param },
  );
}

/** The same for a price that was found to have that currency. */
export function requirePriceIn(context: Context, price: KnownPrice, currency: string): PricedBy {
  const priced = priceIn(context, price, currency);
  if (priced === undefined) throw new Error(`price ${price.id} has no amount in ${currency}`);
  return priced;
}
