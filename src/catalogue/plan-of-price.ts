import { type Tier } from '../config/app-config.js';

/** What of a price tells whose plan it is. `product`: `prod_…`; null where it is not known. */
export interface PriceReference {
  id: string;
  product: string | null;
}

/** The plan that a price belongs to. `isCurrent`: it is one that the plan is sold at now, else an earlier one. */
export interface PlanOfPrice {
  tier: Tier;
  isCurrent: boolean;
}

/** Finds the plan of a price, also of one that it was sold at earlier; null for a price that belongs to no plan. */
export type FindPlan = (price: PriceReference) => PlanOfPrice | null;

/**
 * The products that sell one plan alone: whatever price of theirs an old subscriber has, it is a price of that plan. A
 * product that sells several plans proves nothing.
 * @param sold tier and product of each current price
 */
export function plansByProduct(sold: Iterable<{ tier: Tier; product: string }>): ReadonlyMap<string, Tier> {
  const plans = new Map<string, Tier | null>();
  for (const { tier, product } of sold) {
    const known = plans.get(product);
    plans.set(product, known === undefined || known === tier ? tier : null);
  }
  return new Map([...plans].flatMap(([product, tier]) => (tier === null ? [] : [[product, tier] as const])));
}
