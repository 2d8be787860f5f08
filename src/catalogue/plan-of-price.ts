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
