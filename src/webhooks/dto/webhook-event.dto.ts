import { ApiProperty } from '@nestjs/swagger';
import { WEBHOOK_EVENT_STATES, type WebhookEventState } from '../webhook-event.entity.js';

/** An event of the inbox, without its content. */
export class WebhookEventDto {
  /** Stripe's id of the event; for a delivery that was no event `sha256:` and the hash of its bytes.
   * @example "evt_1Q9XyZ" */
  event_id!: string;
  /** What happened; null for a delivery that was no event.
   * @example "invoice.paid" */
  type!: string | null;
  /** Where it stands: `received` waits, `processing` is being handled, `done` has its effect, `ignored` needs none, `failed` was given up.
   * @example "failed" */
  @ApiProperty({ enum: WEBHOOK_EVENT_STATES, enumName: 'WebhookEventState' })
  state!: WebhookEventState;
  /** Why it was ignored or given up.
   * @example "attempts_exhausted" */
  reason!: string | null;
  /** Stripe id of the object that it is about.
   * @example "in_1Q9XyZ" */
  object_id!: string | null;
  /** Stripe id of the customer that it is about.
   * @example "cus_R1a2b3" */
  stripe_customer_id!: string | null;
  /** How often its handling was begun.
   * @example 12 */
  attempts!: number;
  /** When it is handled next; null when it is not.
   * @example "2026-11-22T10:00:00.000Z" */
  next_attempt_at!: string | null;
  /** When it came in.
   * @example "2026-11-22T09:00:00.000Z" */
  received_at!: string;
  /** When it was settled; null before.
   * @example "2026-11-22T09:00:01.000Z" */
  processed_at!: string | null;
}

/** An event of the inbox with its content. It may hold personal data of a customer. */
export class WebhookEventDetailsDto extends WebhookEventDto {
  /** Error of the last attempt and where it happened.
   * @example "TypeError: Cannot read properties of undefined" */
  last_error!: string | null;
  /** What Stripe sent: the object of its JSON, else the text as it is.
   * @example { "id": "evt_1Q9XyZ", "object": "event", "type": "invoice.paid" } */
  @ApiProperty({ oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }] })
  payload!: unknown;
}

/** What a replay put back into the queue. */
export class ReplayedEventsDto {
  /** How many events are handled again.
   * @example 3 */
  replayed!: number;
}
