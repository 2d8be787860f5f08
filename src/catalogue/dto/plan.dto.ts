/** A line of a plan's feature list. */
export class PlanFeatureDto {
  /** What the line is about.
   * @example "Advanced analytics" */
  name!: string;
  /** True when the plan has it.
   * @example true */
  included!: boolean;
}

/** What a plan costs for one interval. */
export class PlanPriceDto {
  /** How often it is paid.
   * @example "month" */
  interval!: 'month' | 'year';
  /** Price of one interval in major units, before tax and discounts.
   * @example 79 */
  amount!: number;
  /** ISO 4217 code in lower case.
   * @example "usd" */
  currency!: string;
}

/** A plan on sale. */
export class PlanDto {
  /** The value for `tier` of a purchase.
   * @example "professional" */
  tier!: 'starter' | 'professional' | 'enterprise';
  /** Name to show.
   * @example "Professional" */
  name!: string;
  /** One line about whom it is for.
   * @example "For growing educational programs" */
  description!: string;
  /** What it has and what it lacks.
   * @example [{ "name": "Unlimited projects", "included": true }, { "name": "API access", "included": false }] */
  features!: PlanFeatureDto[];
  /** Its prices, by month and by year.
   * @example [{ "interval": "month", "amount": 79, "currency": "usd" }, { "interval": "year", "amount": 790, "currency": "usd" }] */
  prices!: PlanPriceDto[];
}
