import { type PriceVariable } from '../config/app-config.js';
import { builtInCatalogue, variableOf } from './built-in-catalogue.js';
import { type Catalogue } from './catalogue.js';
import { type CatalogueChange, changesFor } from './catalogue-changes.js';
import { type CatalogueGateway } from './catalogue.gateway.js';

/**
 * Makes what an account lacks of a catalogue. Repeated after a crash it makes the rest: products have ids of ours, prices
 * lookup keys.
 * @param missingOnly leaves alone what is there, whatever it costs
 * @returns what was made
 */
export async function pushCatalogue(
  gateway: CatalogueGateway,
  catalogue: Catalogue,
  options: { missingOnly?: boolean } = {},
): Promise<CatalogueChange[]> {
  const changes = changesFor(
    catalogue,
    await gateway.read(catalogue, { features: options.missingOnly !== true }),
    options,
  );
  for (const change of changes) await apply(gateway, catalogue, change);
  return changes;
}

async function apply(gateway: CatalogueGateway, catalogue: Catalogue, change: CatalogueChange): Promise<void> {
  if (change.kind === 'create_product')
    return gateway.createProduct(change.product, change.tier, change.name, change.description);
  if (change.kind === 'update_product') return gateway.updateProduct(change.product, change.name, change.description);
  if (change.kind === 'create_price')
    return gateway.createPrice(change.product, change.sold, catalogue.currency ?? 'usd');
  await gateway.changeFeature(change);
}

/**
 * Makes sure that an account has the products and prices of the built-in catalogue, found by their lookup keys
 * `starter_month` … `enterprise_year`. A price that is there is used as it is, whatever its amount.
 * @returns the price ids by the names of their environment variables
 */
export async function ensureBuiltInPrices(gateway: CatalogueGateway): Promise<Record<PriceVariable, string>> {
  const catalogue = builtInCatalogue();
  await pushCatalogue(gateway, catalogue, { missingOnly: true });
  const { prices } = await gateway.read(catalogue);
  const ids = prices.map(({ sold, found }) => {
    if (found === null) throw new Error(`Stripe has no price for ${sold.tier} ${sold.interval}`);
    return [variableOf(sold), found.id] as const;
  });
  return Object.fromEntries(ids) as Record<PriceVariable, string>;
}
