import Stripe from 'stripe';
import { expanded, idOf } from '../stripe/values.js';
import { type AccountFeature, type FeatureChange, type FeaturesAccount } from './catalogue-features.js';
import { type Catalogue, type CataloguePrice } from './catalogue.js';
import { type AccountPrice, type AccountProduct, type CatalogueAccount, productIdOf } from './catalogue-changes.js';
import { type ProductOnSale } from './catalogue-pull.mapper.js';
import { differenceOf, isOnSale, unfitness } from './price.mapper.js';

/** The longest name of a feature that Stripe takes, to be safe: its documentation says none. */
const LONGEST_NAME = 80;
/** Most lookup keys that Stripe takes at once (https://docs.stripe.com/api/prices/list). */
const LOOKUP_KEYS_A_CALL = 10;

/** The Stripe calls of whoever makes a catalogue in an account, or reads one from it. */
export class CatalogueGateway {
  constructor(private readonly stripe: Stripe) {}

  /**
   * What the account has of a catalogue.
   * @param options.features of Stripe's entitlements, too
   */
  async read(catalogue: Catalogue, { features = false }: { features?: boolean } = {}): Promise<CatalogueAccount> {
    const prices = catalogue.prices();
    const found = await this.findByLookupKeys(prices.flatMap(({ lookupKey }) => lookupKey ?? []));
    const accountPrices: AccountPrice[] = [];
    for (const sold of prices) {
      const price =
        sold.id === null
          ? sold.lookupKey === null
            ? undefined
            : found.get(sold.lookupKey)
          : await this.retrievePrice(sold.id);
      accountPrices.push({ sold, found: price === undefined ? null : toAccountPrice(price, sold, catalogue) });
    }
    const products = new Map<string, AccountProduct>();
    for (const id of new Set(prices.map((sold) => productIdOf(sold)))) {
      const product = await this.findProduct(id);
      if (product !== null) products.set(id, product);
    }
    if (!features) return { prices: accountPrices, products, entitlements: null };
    const sold = accountPrices.flatMap(({ found: price }) => (price === null ? [] : [price.product]));
    const entitlements = await this.readFeatures(catalogue, new Set([...sold, ...products.keys()]));
    return { prices: accountPrices, products, entitlements };
  }

  /** Everything that the account sells: active products with their active recurring prices. */
  async readAll(): Promise<ProductOnSale[]> {
    const products: Stripe.Product[] = [];
    for await (const product of this.stripe.products.list({ active: true, limit: 100 })) products.push(product);
    const prices = new Map<string, Stripe.Price[]>();
    const query = { active: true, limit: 100, expand: ['data.currency_options'] };
    for await (const price of this.stripe.prices.list(query)) {
      const product = idOf(price.product);
      prices.set(product, [...(prices.get(product) ?? []), price]);
    }
    const features = new Map<string, Stripe.Entitlements.Feature[]>();
    for (const { id } of products) features.set(id, await this.featuresOf(id));
    return products
      .map((product) => ({ product, prices: prices.get(product.id) ?? [], features: features.get(product.id) ?? [] }))
      .sort((one, other) => one.product.created - other.product.created);
  }

  /** The id is ours, so that a push that was interrupted does not make a second product. */
  async createProduct(id: string, tier: string, name: string, description: string | null): Promise<void> {
    await this.stripe.products.create({
      id,
      name,
      ...(description === null || description === '' ? {} : { description }),
      metadata: { tier },
    });
  }

  async updateProduct(id: string, name: string, description: string | null): Promise<void> {
    await this.stripe.products.update(id, { name, ...(description === null ? {} : { description }) });
  }

  /** Makes, activates, attaches or detaches a feature. */
  async changeFeature(change: FeatureChange): Promise<void> {
    const { entitlements, products } = this.stripe;
    switch (change.kind) {
      case 'create_feature':
        await entitlements.features.create({ lookup_key: change.feature, name: change.name.slice(0, LONGEST_NAME) });
        return;
      case 'restore_feature':
        await entitlements.features.update(change.id, { active: true });
        return;
      case 'attach_feature': {
        const [feature] = (await entitlements.features.list({ lookup_key: change.feature, limit: 1 })).data;
        if (feature === undefined) throw new Error(`Stripe has no feature ${change.feature}`);
        await products.createFeature(change.product, { entitlement_feature: feature.id });
        return;
      }
      case 'detach_feature':
        await products.deleteFeature(change.product, change.id);
    }
  }

  /** Makes a price; the lookup key is taken from an earlier price that had it. */
  async createPrice(product: string, sold: CataloguePrice, currency: string): Promise<void> {
    const [first, ...others] = [...(sold.amounts ?? [])].sort(([code]) => (code === currency ? -1 : 1));
    if (first === undefined) throw new Error('a price that is made needs an amount');
    await this.stripe.prices.create({
      product,
      currency: first[0],
      unit_amount: Number(first[1].minorUnits),
      ...(others.length === 0
        ? {}
        : {
            currency_options: Object.fromEntries(
              others.map(([code, amount]) => [code, { unit_amount: Number(amount.minorUnits) }]),
            ),
          }),
      recurring: {
        interval: sold.interval,
        ...(sold.intervalCount === 1 ? {} : { interval_count: sold.intervalCount }),
      },
      ...(sold.lookupKey === null ? {} : { lookup_key: sold.lookupKey, transfer_lookup_key: true }),
      metadata: { tier: sold.tier },
    });
  }

  private async readFeatures(catalogue: Catalogue, products: ReadonlySet<string>): Promise<FeaturesAccount> {
    const features = new Map<string, AccountFeature>();
    for (const archived of [true, false])
      for await (const { id, active, lookup_key: key } of this.stripe.entitlements.features.list({
        archived,
        limit: 100,
      }))
        if (catalogue.features.has(key)) features.set(key, { id, active });
    const attached = new Map<string, Map<string, string>>();
    for (const product of products) {
      const own = new Map<string, string>();
      const list = this.stripe.products.listFeatures(product, { limit: 100 });
      for await (const { id, entitlement_feature: feature } of list) own.set(feature.lookup_key, id);
      attached.set(product, own);
    }
    return { features, attached };
  }

  private async featuresOf(product: string): Promise<Stripe.Entitlements.Feature[]> {
    const features: Stripe.Entitlements.Feature[] = [];
    for await (const { entitlement_feature: feature } of this.stripe.products.listFeatures(product, { limit: 100 }))
      features.push(feature);
    return features;
  }

  private async findByLookupKeys(keys: readonly string[]): Promise<Map<string, Stripe.Price>> {
    const found = new Map<string, Stripe.Price>();
    for (let start = 0; start < keys.length; start += LOOKUP_KEYS_A_CALL) {
      const { data } = await this.stripe.prices.list({
        lookup_keys: keys.slice(start, start + LOOKUP_KEYS_A_CALL),
        active: true,
        limit: 100,
        expand: ['data.currency_options', 'data.product'],
      });
      for (const price of data) if (price.lookup_key !== null) found.set(price.lookup_key, price);
    }
    return found;
  }

  private retrievePrice(id: string): Promise<Stripe.Price | undefined> {
    return orMissing(this.stripe.prices.retrieve(id, { expand: ['currency_options', 'product'] }), undefined);
  }

  private async findProduct(id: string): Promise<AccountProduct | null> {
    const product = await orMissing<Stripe.Product | null>(this.stripe.products.retrieve(id), null);
    return product === null ? null : { id, name: product.name, description: product.description };
  }
}

function toAccountPrice(price: Stripe.Price, sold: CataloguePrice, { currency }: Catalogue): AccountPrice['found'] {
  const product = expanded<Stripe.Product | Stripe.DeletedProduct>(price.product);
  return {
    id: price.id,
    product: idOf(price.product),
    productName: product === null || product.deleted === true ? null : product.name,
    difference: unfitness(price, sold, currency) ?? differenceOf(price, sold),
    isOnSale: isOnSale(price),
  };
}

async function orMissing<T>(found: Promise<T>, missing: T): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing') return missing;
    throw error;
  }
}
