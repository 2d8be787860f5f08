import { ApiProperty } from '@nestjs/swagger';
import { AUDIT_ACTORS, type AuditActor } from '../audit-entry.entity.js';

/** One change: who made it, for whom, and what it was. */
export class AuditEntryDto {
  /** Grows with each entry.
   * @example "42" */
  id!: string;

  /** When.
   * @example "2026-11-29T10:00:00.000Z" */
  created_at!: string;

  /** Who made it. `operator`: a command · `stripe`: an event · `recovery`: the service by itself.
   * @example "service_key" */
  @ApiProperty({ enum: AUDIT_ACTORS, enumName: 'AuditActor' })
  actor!: AuditActor;

  /** Our id of the user or the service key; null for the others.
   * @example 3 */
  actor_id!: number | null;

  /** On whose behalf: `user:<sub>` or `org:<id>`; null for what concerns no payer.
   * @example "org:org_2aZ" */
  payer!: string | null;

  /** What was done.
   * @example "subscription.canceled" */
  action!: string;

  /** The kind of what it was done to.
   * @example "subscription" */
  object_type!: string;

  /** Stripe's id, or ours where Stripe does not know it.
   * @example "sub_1Q9XyZ" */
  object_id!: string;

  /** What changed, as it was: ids, statuses and times. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { status: 'active' } })
  before!: Record<string, unknown> | null;

  /** The same as it is. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { status: 'canceled' } })
  after!: Record<string, unknown> | null;

  /** `X-Request-Id` of the request that made it.
   * @example "0f8fad5b-d9cb-469f-a165-70867728950e" */
  request_id!: string | null;
}
