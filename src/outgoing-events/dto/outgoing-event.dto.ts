import { ApiProperty } from '@nestjs/swagger';
import { OUTGOING_EVENT_TYPES, type OutgoingEventType } from '../event-types.js';

/** What an event carries. */
export class OutgoingEventDataDto {
  /** The object as it was after the change: the response of its own route, with its ids at Stripe. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { id: 7, status: 'past_due' } })
  object!: Readonly<Record<string, unknown>>;

  /** What changed, as it was before; null for what is new, and where nothing of the object changed. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { status: 'active' } })
  previous!: Readonly<Record<string, unknown>> | null;
}

/** Something that changed for a payer, or for all of them. */
export class OutgoingEventDto {
  /** Grows with each event: what `after` takes.
   * @example "42" */
  id!: string;

  /** What happened.
   * @example "subscription.past_due" */
  @ApiProperty({ enum: OUTGOING_EVENT_TYPES, enumName: 'OutgoingEventType' })
  type!: OutgoingEventType;

  /** When it was written.
   * @example "2026-11-29T10:00:00.000Z" */
  created_at!: string;

  /** Whose it is: `user:<sub>` or `org:<id>`; null for what concerns them all.
   * @example "org:org_2aZ" */
  payer!: string | null;

  /** Its place among the events of its payer (or of none): 1, 2, 3 … What is not greater than the last one seen is older.
   * @example 3 */
  sequence!: number;

  /** The kind of object that it tells of.
   * @example "subscription" */
  object_type!: string;

  /** Our id of the object; null where it has none.
   * @example 7 */
  object_id!: number | null;

  /** Stripe's id of the object; null where Stripe does not know it.
   * @example "sub_1Q9XyZ" */
  stripe_id!: string | null;

  /** The object and what changed of it.
   * @example { "object": { "id": 7, "status": "past_due" }, "previous": { "status": "active" } } */
  data!: OutgoingEventDataDto;
}
