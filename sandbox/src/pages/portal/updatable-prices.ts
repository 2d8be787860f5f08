import { type UpdatableProduct } from '../../objects/billing-portal-configuration/billing-portal-configuration-type.js';
import { priceIn } from '../../objects/price/price-in-currency.js';
import { type Price, prices } from '../../objects/price/price-type.js';
import { type Subscription } from '../../objects/subscription/subscription-type.js';
import { type Portal } from './portal.js';

const CHANGEABLE = new Set(['active', 'trialing']);

/** A price that a subscription may change to, and how its quantity may be chosen. */
export interface Option {
  readonly price: Price;
  readonly quantity: UpdatableProduct['adjustable_quantity'];
}

/** What the configuration allows to change: the price, the quantity. */
export function allows(portal: Portal, what: 'price' | 'quantity'): boolean {
  return portal.configuration.features.subscription_update.default_allowed_updates.includes(what);
}

/** The prices that a subscription may change to, its own included when the configuration lists it. */
export function optionsFor(portal: Portal, subscription: Subscription): Option[] {
  const current = subscription.items.data[0]?.price.id;
  return portal.configuration.sandbox.products.flatMap((product) =>
    product.prices.flatMap((id) => {
      const price = portal.call.context.objects(prices).get(id);
      if (price?.active !== true) return [];
      if (priceIn(portal.call.context, price, subscription.currency) === undefined) return [];
      if (!allows(portal, 'price') && id !== current) return [];
      return { price, quantity: product.adjustable_quantity };
    }),
  );
}

/** Whether the portal can change a subscription: one item, running, and something to change it to. */
export function canUpdate(portal: Portal, subscription: Subscription): boolean {
  return (
    portal.configuration.features.subscription_update.enabled &&
    subscription.items.data.length === 1 &&
    CHANGEABLE.has(subscription.status) &&
    subscription.cancel_at === null &&
    optionsFor(portal, subscription).length > 0
  );
}
