import {
  describeFeatureChange,
  type FeatureChange,
  featureChanges,
  type FeaturesAccount,
  tooLongKeys,
} from './catalogue-features.js';
import { type Catalogue, type CataloguePlan, type CataloguePrice } from './catalogue.js';

/** A price of the catalogue, and what the account has for it. */
export interface AccountPrice {
  sold: CataloguePrice;
  found: {
    /** `price_…` */
    id: string;
    /** `prod_…` */
    product: string;
    productName: string | null;
    /** How it differs from the catalogue, as the end of a sentence; null when it does not. */
    difference: string | null;
    isOnSale: boolean;
  } | null;
}

export interface AccountProduct {
  /** `prod_…`, or ours: `billing_team`. */
  id: string;
  name: string;
  description: string | null;
}

/** What an account has of a catalogue. */
export interface CatalogueAccount {
  prices: readonly AccountPrice[];
  /** The products that the push made, by id. */
  products: ReadonlyMap<string, AccountProduct>;
  /** Null where it was not asked for. */
  entitlements: FeaturesAccount | null;
}

/** A step of the push. */
export type CatalogueChange =
  | FeatureChange
  | { kind: 'create_product'; product: string; tier: string; name: string; description: string | null }
  | { kind: 'update_product'; product: string; tier: string; name: string; description: string | null }
  | {
      kind: 'create_price';
      product: string;
      sold: CataloguePrice;
      /** The price that had the lookup key; it keeps its subscribers. */
      replaces: string | null;
      reason: string;
    };

/** What only a person can mend. */
export interface CatalogueGap {
  origin: string;
  problem: string;
}

/** The id of the product that the push makes for a plan, and for its seats. */
export function productIdOf({ tier, purpose }: Pick<CataloguePrice, 'tier' | 'purpose'>): string {
  return purpose === 'seat' ? `billing_${tier}_seat` : `billing_${tier}`;
}

/**
 * What makes an account fit a catalogue. Nothing is archived, and a price never changes: another amount is another price.
 * @param missingOnly leaves alone what is there, whatever it costs
 */
export function changesFor(
  catalogue: Catalogue,
  account: CatalogueAccount,
  { missingOnly = false }: { missingOnly?: boolean } = {},
): CatalogueChange[] {
  const changes: CatalogueChange[] = [];
  const made = new Set<string>();
  for (const plan of catalogue.plans.values()) {
    if (!missingOnly) changes.push(...productChanges(plan, account));
    for (const price of account.prices.filter(({ sold }) => sold.tier === plan.key)) {
      const reason = reasonToMake(price, missingOnly);
      if (reason === null) continue;
      const product = productFor(price, account);
      if (!account.products.has(product) && !isOfAnother(product, account) && !made.has(product)) {
        made.add(product);
        changes.push({ kind: 'create_product', product, tier: plan.key, ...textsOf(plan, price.sold) });
      }
      changes.push({ kind: 'create_price', product, sold: price.sold, replaces: price.found?.id ?? null, reason });
    }
  }
  return missingOnly ? changes : [...changes, ...changesOfFeatures(catalogue, account)];
}

/** What makes the features of the account fit; nothing where it was not asked for them. */
export function changesOfFeatures(catalogue: Catalogue, account: CatalogueAccount): FeatureChange[] {
  const { entitlements, prices } = account;
  if (entitlements === null) return [];
  const productsOf = ({ key }: CataloguePlan) =>
    new Set(
      prices
        .filter(({ sold }) => sold.tier === key && sold.purpose === 'plan')
        .map((price) => productFor(price, account)),
    );
  return featureChanges(catalogue, entitlements, productsOf);
}

/** The prices that the account lacks and that no push can make, since the catalogue says no amount, and such features. */
export function gapsOf(catalogue: Catalogue, { prices }: CatalogueAccount): CatalogueGap[] {
  const features = tooLongKeys(catalogue).map((key) => ({
    origin: `features.${key}`,
    problem: 'has a key of more than 80 characters, which Stripe does not take',
  }));
  return [...features, ...priceGaps(prices)];
}

function priceGaps(prices: readonly AccountPrice[]): CatalogueGap[] {
  return prices.flatMap(({ sold, found }) => {
    if (found === null)
      return sold.amounts === null ? [{ origin: sold.origin, problem: 'is not known to Stripe' }] : [];
    return sold.amounts === null && found.difference !== null
      ? [{ origin: sold.origin, problem: found.difference }]
      : [];
  });
}

function reasonToMake({ sold, found }: AccountPrice, missingOnly: boolean): string | null {
  if (sold.amounts === null) return null;
  if (found === null) return 'is not there';
  return missingOnly ? null : found.difference;
}

/** Where a new price belongs: beside what is sold of the plan already, so that old subscribers stay known by it. */
function productFor({ sold, found }: AccountPrice, { prices }: CatalogueAccount): string {
  const sibling = prices.find(
    (other) => other.sold.tier === sold.tier && other.sold.purpose === sold.purpose && other.found !== null,
  );
  return found?.product ?? sibling?.found?.product ?? productIdOf(sold);
}

function isOfAnother(product: string, { prices }: CatalogueAccount): boolean {
  return prices.some(({ found }) => found?.product === product);
}

function productChanges(plan: CataloguePlan, { products }: CatalogueAccount): CatalogueChange[] {
  return (['plan', 'seat'] as const).flatMap((purpose): CatalogueChange[] => {
    const id = productIdOf({ tier: plan.key, purpose });
    const product = products.get(id);
    if (product === undefined) return [];
    const texts = textsOf(plan, { purpose });
    const isSame =
      product.name === texts.name && (texts.description === null || product.description === texts.description);
    return isSame ? [] : [{ kind: 'update_product', product: id, tier: plan.key, ...texts }];
  });
}

function textsOf(plan: CataloguePlan, { purpose }: Pick<CataloguePrice, 'purpose'>) {
  const name = plan.name ?? plan.key;
  return purpose === 'seat'
    ? { name: `${name}: seat`, description: null }
    : { name, description: plan.description === '' ? null : plan.description };
}

/** A step in words. */
export function describeChange(change: CatalogueChange): string {
  if (change.kind === 'create_product') return `make the product ${change.product} (${change.name})`;
  if (change.kind === 'update_product') return `call the product ${change.product} "${change.name}"`;
  if (change.kind !== 'create_price') return describeFeatureChange(change);
  const { sold, replaces, reason } = change;
  const period = sold.intervalCount === 1 ? sold.interval : `${sold.intervalCount} ${sold.interval}`;
  const amounts = [...(sold.amounts ?? [])].map(([currency, amount]) => `${amount.toDecimal()} ${currency}`).join(', ');
  const what = `make a price of ${sold.tier}${sold.purpose === 'seat' ? ' for a seat' : ''} per ${period}: ${amounts}`;
  return replaces === null ? what : `${what} (${replaces} ${reason}, and keeps its subscribers)`;
}
