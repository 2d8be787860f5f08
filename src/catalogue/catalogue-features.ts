import { type Catalogue, type CataloguePlan } from './catalogue.js';
import { type FeatureValue } from './catalogue.schema.js';

/** A feature of Stripe's entitlements that has the key of one of the catalogue's. */
export interface AccountFeature {
  /** `feat_…` */
  id: string;
  active: boolean;
}

/** What an account has of the features of a catalogue. */
export interface FeaturesAccount {
  /** By key. */
  features: ReadonlyMap<string, AccountFeature>;
  /** By product the keys of its features, each with the id of what attaches it. */
  attached: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A step of the push. */
export type FeatureChange =
  | { kind: 'create_feature'; feature: string; name: string }
  | { kind: 'restore_feature'; feature: string; id: string }
  | { kind: 'attach_feature'; feature: string; product: string; tier: string }
  | { kind: 'detach_feature'; feature: string; product: string; tier: string; id: string };

/** The longest lookup key of a feature at Stripe. */
const LONGEST_KEY = 80;

/** Keys of the features that cannot be at Stripe. */
export function tooLongKeys({ features }: Catalogue): string[] {
  return [...features.keys()].filter((key) => key.length > LONGEST_KEY);
}

/**
 * What makes the features at Stripe fit a catalogue: each is there once, and a product has those that its plan gives any of.
 * Features of nobody's catalogue stay as they are.
 * @param productsOf the products that a plan is sold as
 */
export function featureChanges(
  catalogue: Catalogue,
  { features, attached }: FeaturesAccount,
  productsOf: (plan: CataloguePlan) => Iterable<string>,
): FeatureChange[] {
  const tooLong = tooLongKeys(catalogue);
  const known = [...catalogue.features.values()].filter(({ key }) => !tooLong.includes(key));
  const changes = known.flatMap(({ key, name }): FeatureChange[] => {
    const found = features.get(key);
    if (found === undefined) return [{ kind: 'create_feature', feature: key, name }];
    return found.active ? [] : [{ kind: 'restore_feature', feature: key, id: found.id }];
  });
  for (const plan of catalogue.plans.values())
    for (const product of productsOf(plan))
      for (const { key } of known) {
        const id = attached.get(product)?.get(key);
        const step = { feature: key, product, tier: plan.key };
        if (isGiven(plan.features.get(key)) && id === undefined) changes.push({ kind: 'attach_feature', ...step });
        if (!isGiven(plan.features.get(key)) && id !== undefined) changes.push({ kind: 'detach_feature', ...step, id });
      }
  return changes;
}

function isGiven(value: FeatureValue | undefined): boolean {
  return value !== undefined && value !== false && value !== 0;
}

/** A step in words. */
export function describeFeatureChange(change: FeatureChange): string {
  switch (change.kind) {
    case 'create_feature':
      return `make the feature ${change.feature} (${change.name})`;
    case 'restore_feature':
      return `activate the archived feature ${change.feature}`;
    case 'attach_feature':
      return `give the product ${change.product} of ${change.tier} the feature ${change.feature}`;
    case 'detach_feature':
      return `take the feature ${change.feature} off the product ${change.product} of ${change.tier}`;
  }
}
