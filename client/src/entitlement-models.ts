/** Whether a payer may use a feature of the catalogue. */
export interface Entitlement {
  feature: string;
  allowed: boolean;
  /** Why, or why not; see docs/entitlements.md. */
  reason: EntitlementReason;
  /** Until when this is known to hold; absent: without an end. */
  until?: string;
  graceUntil?: string;
  /** Absent: without a limit, or a flag. */
  limit?: number;
  used: number;
  remaining?: number;
  resetsAt?: string;
  /** Key of the plan that gives it. */
  plan?: string;
  source: 'service' | 'snapshot';
}

/** What a payer may use, and the same signed; `EntitlementCache` keeps and reads it. */
export interface EntitlementSnapshot {
  entitlements: Entitlement[];
  /** A compact JWS; absent: the service signs none. */
  snapshot?: string;
}

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

export interface EntitlementOverride {
  /** True or false for a flag; a number, or `unlimited`, for all else. */
  value: boolean | number | 'unlimited';
  /** ISO 8601; left out: until it is removed. */
  until?: string;
  reason?: string;
}
