import type Stripe from 'stripe';
import { type CatalogueInput } from '../../../src/catalogue/catalogue.schema.js';
import { type DrawnPlan, type DrawnPrice, majorOf, type Shop } from './shop.js';

/** What a shop has at Stripe before its catalogue is pushed: the ids of the prices that are not the push's to make. */
export type AccountPrices = ReadonlyMap<DrawnPrice, string>;

type PlanInput = CatalogueInput['plans'][string];
type PriceInput = NonNullable<PlanInput['prices']>[number];

/** Makes the products and prices that a file names by id or by lookup key, and those that plans were sold at before. */
export async function makeAccount(stripe: Stripe, shop: Shop): Promise<AccountPrices> {
  const ids = new Map<DrawnPrice, string>();
  for (const plan of shop.plans) {
    const make = async (name: string, prices: readonly DrawnPrice[]) => {
      const own = prices.filter(({ naming }) => naming !== 'amounts');
      if (own.length === 0) return;
      const product = await stripe.products.create({ name });
      for (const price of own) ids.set(price, await makePrice(stripe, product.id, price, shop.currency));
    };
    await make(`Stripe's ${plan.key}`, plan.prices);
    await make(`A seat of ${plan.key}`, plan.seats?.prices ?? []);
    await make(`The old ${plan.key}`, plan.earlierPrice === null ? [] : [plan.earlierPrice]);
  }
  return ids;
}

async function makePrice(stripe: Stripe, product: string, price: DrawnPrice, currency: string): Promise<string> {
  const others = Object.entries(price.amounts).filter(([code]) => code !== currency);
  const { id } = await stripe.prices.create({
    product,
    currency,
    unit_amount: price.amounts[currency] ?? 0,
    recurring: { interval: price.interval, interval_count: price.count },
    ...(price.lookupKey === null ? {} : { lookup_key: price.lookupKey }),
    ...(others.length === 0
      ? {}
      : { currency_options: Object.fromEntries(others.map(([code, amount]) => [code, { unit_amount: amount }])) }),
  });
  return id;
}

/** The catalogue file of a shop. */
export function catalogueOf(shop: Shop, ids: AccountPrices): CatalogueInput {
  const features = shop.features.map(({ key, type, reset }) => [key, { type, ...(reset === null ? {} : { reset }) }]);
  return {
    currency: shop.currency,
    features: Object.fromEntries(features) as CatalogueInput['features'],
    plans: Object.fromEntries(shop.plans.map((plan) => [plan.key, planInput(plan, ids)])),
  };
}

function planInput(plan: DrawnPlan, ids: AccountPrices): PlanInput {
  const { name, group, rank, trialDays, seats, earlierPrice } = plan;
  const prices = (drawn: readonly DrawnPrice[]) => drawn.map((price) => priceInput(price, ids));
  const earlier = earlierPrice === null ? undefined : ids.get(earlierPrice);
  return {
    ...(name === null ? {} : { name }),
    ...(group === null ? {} : { group }),
    ...(rank === null ? {} : { rank }),
    ...(trialDays === null ? {} : { trial_days: trialDays }),
    ...(plan.isDefault ? { default: true } : {}),
    ...(plan.isAddOn ? { add_on: true, with: [...plan.with] } : {}),
    ...(earlier === undefined ? {} : { earlier_prices: [earlier] }),
    ...(plan.prices.length === 0 ? {} : { prices: prices(plan.prices) }),
    ...(seats === null
      ? {}
      : {
          seats: {
            min: seats.min,
            ...(seats.max === null ? {} : { max: seats.max }),
            included: seats.included,
            ...(seats.feature === null ? {} : { feature: seats.feature }),
            prices: prices(seats.prices),
          },
        }),
    features: { ...plan.features },
  };
}

function priceInput(price: DrawnPrice, ids: AccountPrices): PriceInput {
  const { interval, count, naming, lookupKey } = price;
  const amounts = Object.entries(price.amounts).map(([code, minor]) => [code, majorOf(minor, code)] as const);
  return {
    interval,
    ...(count === 1 ? {} : { interval_count: count }),
    ...(naming === 'id' ? { price: ids.get(price) ?? '' } : {}),
    ...(lookupKey !== null && naming !== 'id' ? { lookup_key: lookupKey } : {}),
    ...(naming === 'amounts' ? { amounts: Object.fromEntries(amounts) } : {}),
  };
}
