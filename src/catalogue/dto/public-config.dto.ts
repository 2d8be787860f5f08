/** What a frontend must know before anyone signs in. */
export class PublicConfigDto {
  /** Stripe's publishable key for Stripe.js; null when none is configured.
   * @example "pk_test_51QdemoKey" */
  publishable_key!: string | null;
  /** Longest free trial that a purchase may ask for, in days; 0: there are no trials.
   * @example 14 */
  trial_days!: number;
  /** True when Stripe is the embedded sandbox, so that no real money moves.
   * @example true */
  sandbox!: boolean;
  /** The present moment of Stripe's clock, to the second: what the times of the API are to be compared with.
   * @example "2026-11-22T10:00:00.000Z" */
  now!: Date;
  /** Ed25519 public key that verifies snapshots of entitlements: its 32 bytes in base64url; null: there are no snapshots.
   * @example "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" */
  entitlements_public_key!: string | null;
}
