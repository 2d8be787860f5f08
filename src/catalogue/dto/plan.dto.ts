import { type BillingInterval } from '../catalogue.schema.js';

/** A line of a plan's feature list. */
export class PlanFeatureDto {
  /** Key of the feature in the catalogue; null for a line that is text alone.
   * @example "sso" */
  key!: string | null;
  /** What the line is about.
   * @example "Single sign-on" */
  name!: string;
  /** True when the plan has it.
   * @example true */
  included!: boolean;
}

/** What a plan costs for one period. */
export class PlanPriceDto {
  /** How often it is paid: `day`, `week`, `month` or `year`.
   * @example "month" */
  interval!: BillingInterval;
  /** How many intervals are paid for at a time.
   * @example 1 */
  interval_count!: number;
  /** Price of one period in major units, before tax and discounts.
   * @example 79 */
  amount!: number;
  /** ISO 4217 code in lower case.
   * @example "usd" */
  currency!: string;
  /** The price in each currency that it is sold in, major units.
   * @example { "usd": 79 } */
  amounts!: Record<string, number>;
}

/** Seats of a plan. */
export class PlanSeatsDto {
  /** Fewest seats of a purchase.
   * @example 1 */
  min!: number;
  /** Most seats; null: no limit.
   * @example 50 */
  max!: number | null;
  /** Seats that the price of the plan holds.
   * @example 3 */
  included!: number;
  /** Price of a seat past those; empty: the price of the plan is that of a seat.
   * @example [] */
  prices!: PlanPriceDto[];
}

/** A plan on sale, or an add-on. */
export class PlanDto {
  /** The value for `tier` of a purchase: the plan's key in the catalogue.
   * @example "professional" */
  tier!: string;
  /** Name to show.
   * @example "Professional" */
  name!: string;
  /** One line about whom it is for.
   * @example "For a team that grows" */
  description!: string;
  /** A payer has at most one live subscription of a group; null for an add-on.
   * @example "main" */
  group!: string | null;
  /** A plan with a higher one is an upgrade.
   * @example 2 */
  rank!: number;
  /** The one to recommend.
   * @example true */
  popular!: boolean;
  /** What a payer has without a subscription.
   * @example false */
  default!: boolean;
  /** Sold beside a plan, as an item of its subscription.
   * @example false */
  add_on!: boolean;
  /** Plans that the add-on goes with; empty: all.
   * @example [] */
  with!: string[];
  /** Longest free trial that a purchase may ask for, in days.
   * @example 14 */
  trial_days!: number;
  /** Null for a plan that is sold as one.
   * @example { "min": 1, "max": 50, "included": 3, "prices": [] } */
  seats!: PlanSeatsDto | null;
  /** What it has and what it lacks.
   * @example [{ "key": "projects", "name": "50 projects", "included": true }, { "key": "api_access", "name": "API access", "included": false }] */
  features!: PlanFeatureDto[];
  /** Its prices; none for a plan that is had, not bought.
   * @example [{ "interval": "month", "interval_count": 1, "amount": 79, "currency": "usd", "amounts": { "usd": 79 } }] */
  prices!: PlanPriceDto[];
}
