import { type CataloguePlan, type PricePurpose } from './catalogue.js';

/** What of a price tells whose plan it is. `product`: `prod_…`; null where it is not known. */
export interface PriceReference {
  id: string;
  product: string | null;
}

/** The plan that a price belongs to. */
export interface PlanOfPrice {
  tier: string;
  /** At most one live subscription of a payer is of a group. */
  group: string;
  /** A higher one is a higher plan. */
  rank: number;
  /** It is a price that the plan is sold at now, else an earlier one. */
  isCurrent: boolean;
}

/** Finds the plan of a price, also of one that it was sold at earlier; null for a price that belongs to no plan. */
export type FindPlan = (price: PriceReference) => PlanOfPrice | null;

/** What a price pays for. `isCurrent`: it is sold at that price now. */
export interface SoldThing {
  plan: CataloguePlan;
  purpose: PricePurpose;
  isCurrent: boolean;
}

/** Finds what a price pays for: a plan, seats of one, or an add-on; null for a price of none of them. */
type FindSold = (price: PriceReference) => SoldThing | null;

/** What the catalogue and Stripe say of prices. */
export interface PriceKnowledge {
  findPlan: FindPlan;
  findSold: FindSold;
}
