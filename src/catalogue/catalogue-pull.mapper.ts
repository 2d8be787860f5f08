import type Stripe from 'stripe';
import { Money } from '../common/money.js';
import { type CatalogueContent, type CatalogueInput } from './catalogue.schema.js';

/** An active product, and its active prices. */
export interface ProductOnSale {
  product: Stripe.Product;
  prices: readonly Stripe.Price[];
  /** Features of Stripe's entitlements. */
  features: readonly Stripe.Entitlements.Feature[];
}

/** A price or a feature that no catalogue can hold, by its id. */
export type LeftOut = ({ price: string } | { feature: string }) & { reason: string };

/** A key of a catalogue's feature. */
const FEATURE_KEY = /^[a-z0-9_-]{1,100}$/;

type PlanInput = CatalogueInput['plans'][string];
type PriceInput = NonNullable<PlanInput['prices']>[number];

/** What an account sells → a catalogue file. Of several prices of one period the one with a lookup key, else the newest. */
export function catalogueFrom(products: readonly ProductOnSale[]): { content: CatalogueInput; left: LeftOut[] } {
  const currency = mostUsedCurrency(products);
  const left: LeftOut[] = [];
  const known: NonNullable<CatalogueInput['features']> = {};
  const plans: Record<string, PlanInput> = {};
  for (const { product, prices, features: given } of products) {
    const sold = new Map<string, Stripe.Price>();
    const earlier: string[] = [];
    for (const price of [...prices].sort(byPreference)) {
      const reason = reasonToLeave(price, currency);
      const period = `${price.recurring?.interval_count} ${price.recurring?.interval}`;
      if (reason !== null) left.push({ price: price.id, reason });
      else if (sold.has(period)) earlier.push(price.id);
      else sold.set(period, price);
    }
    if (sold.size === 0) continue;
    const highlights = product.marketing_features.flatMap(({ name }) => name ?? []);
    const features = given.filter(({ lookup_key: key }) => FEATURE_KEY.test(key));
    for (const { lookup_key: key, name } of features) known[key] = { type: 'flag', name };
    for (const { id } of given.filter((one) => !features.includes(one)))
      left.push({ feature: id, reason: 'its lookup key is none that a catalogue can have' });
    plans[keyFor(product, plans)] = {
      name: product.name,
      ...(product.description === null ? {} : { description: product.description }),
      prices: [...sold.values()].map(toPriceInput),
      ...(earlier.length === 0 ? {} : { earlier_prices: earlier }),
      ...(features.length === 0
        ? {}
        : { features: Object.fromEntries(features.map(({ lookup_key: key }) => [key, true])) }),
      ...(highlights.length === 0 ? {} : { highlights }),
    };
  }
  const features = Object.keys(known).length === 0 ? {} : { features: known };
  return { content: { currency, ...features, plans }, left };
}

function toPriceInput(price: Stripe.Price): PriceInput {
  const { interval = 'month', interval_count: times = 1 } = price.recurring ?? {};
  return {
    interval: interval as CatalogueContent['plans'][string]['prices'][number]['interval'],
    ...(times === 1 ? {} : { interval_count: times }),
    ...(price.lookup_key === null ? { price: price.id } : { lookup_key: price.lookup_key, amounts: amountsOf(price) }),
  };
}

function amountsOf(price: Stripe.Price): Record<string, number> {
  const amounts = { [price.currency]: Money.fromMinorUnits(price.unit_amount ?? 0, price.currency).toNumber() };
  for (const [code, { unit_amount: amount }] of Object.entries(price.currency_options ?? {}))
    if (amount !== null) amounts[code] = Money.fromMinorUnits(amount, code).toNumber();
  return amounts;
}

function reasonToLeave(price: Stripe.Price, currency: string): string | null {
  if (price.recurring === null) return 'it is paid once';
  if (price.recurring.usage_type === 'metered') return 'it is metered';
  if (price.unit_amount === null) return 'it has no fixed amount in whole minor units';
  const isSold = price.currency === currency || price.currency_options?.[currency] !== undefined;
  return isSold ? null : `it is in ${price.currency}, not in ${currency}`;
}

function byPreference(one: Stripe.Price, other: Stripe.Price): number {
  const named = Number(other.lookup_key !== null) - Number(one.lookup_key !== null);
  return named === 0 ? other.created - one.created : named;
}

function mostUsedCurrency(products: readonly ProductOnSale[]): string {
  const counts = new Map<string, number>();
  for (const { currency } of products.flatMap(({ prices }) => prices))
    counts.set(currency, (counts.get(currency) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? 'usd';
}

/** Key of a plan: what our push wrote, else made of the name. */
function keyFor({ metadata, name, id }: Stripe.Product, taken: Readonly<Record<string, unknown>>): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 90);
  const key =
    metadata.tier ?? (words === '' || words === 'custom' ? id.toLowerCase().replace(/[^a-z0-9_-]/g, '_') : words);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? key : `${key}_${number}`;
    if (taken[candidate] === undefined) return candidate;
  }
}
