/** Why a feature may be used, or may not. */
export type EntitlementReason =
  | 'plan'
  | 'trial'
  | 'grace'
  | 'override'
  | 'default_plan'
  | 'none'
  | 'past_due'
  | 'paused'
  | 'unpaid'
  | 'canceled'
  | 'disputed'
  | 'limit_reached';

/** Whether a payer may use a feature. */
export class EntitlementDto {
  /** Key of the feature in the catalogue.
   * @example "projects" */
  feature!: string;
  /** True when it may be used now.
   * @example true */
  allowed!: boolean;
  /** Why: `plan`, `trial`, `grace` (a payment is late), `override` (an operator said so), `default_plan`; why not: `none`,
   * `past_due`, `paused`, `unpaid`, `canceled`, `disputed`, `limit_reached`.
   * @example "plan" */
  reason!: EntitlementReason;
  /** Until when this is known to hold, ISO 8601 UTC; null: without an end.
   * @example "2026-12-22T10:00:00.000Z" */
  until!: string | null;
  /** End of the grace while a payment is late, ISO 8601 UTC.
   * @example "2026-11-29T10:00:00.000Z" */
  grace_until!: string | null;
  /** How much of it the payer has; null: without a limit, or a flag.
   * @example 50 */
  limit!: number | null;
  /** How much is used.
   * @example 12 */
  used!: number;
  /** How much is left; null: without a limit, or a flag.
   * @example 38 */
  remaining!: number | null;
  /** When what was used counts anew, ISO 8601 UTC; null: never.
   * @example "2026-12-01T00:00:00.000Z" */
  resets_at!: string | null;
  /** Key of the plan that gives it; null when none does.
   * @example "professional" */
  plan!: string | null;
  /** Where the answer comes from: `service`, or in the client `snapshot` while the service cannot be reached.
   * @example "service" */
  source!: 'service' | 'snapshot';
}
