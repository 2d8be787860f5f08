import { type EntitlementDto } from './entitlement.dto.js';

/** What a payer may use, and the same signed. */
export class EntitlementSnapshotDto {
  /** Every feature of the catalogue.
   * @example [{ "feature": "projects", "allowed": true, "reason": "plan", "limit": 50, "used": 12, "source": "service" }] */
  entitlements!: EntitlementDto[];
  /** The same as a compact JWS (EdDSA), for a client that cannot reach this service later: `sub` (the payer, `user:<sub>` or
   * `org:<id>`), `iat`, `until` (ISO 8601: the end of what has no end of its own), `entitlements`. Null without
   * ENTITLEMENTS_SIGNING_KEY.
   * @example "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyOmFkYSJ9.c2lnbmF0dXJl" */
  snapshot!: string | null;
}
