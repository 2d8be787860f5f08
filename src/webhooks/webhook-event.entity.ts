import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { bigintAsNumber, STRIPE_ID } from '../database/columns.js';

/**
 * received: waiting for a worker · processing: a worker has it until `leased_until` · done: its effect is written ·
 * ignored: kept without effect, see `reason` · failed: given up, or unreadable; an operator may replay it.
 */
export const WEBHOOK_EVENT_STATES = ['received', 'processing', 'done', 'ignored', 'failed'] as const;
export type WebhookEventState = (typeof WEBHOOK_EVENT_STATES)[number];

/** One delivery of Stripe's, kept before anything else happens. The table is the inbox of the worker. */
@Entity()
@Index('webhook_events_due_idx', ['nextAttemptAt', 'id'], { where: `state IN ('received', 'processing')` })
@Index('webhook_events_object_idx', ['objectId', 'id'], { where: `state IN ('received', 'processing')` })
@Index('webhook_events_unlinked_idx', ['stripeCustomerId'], {
  where: `state = 'ignored' AND reason IN ('unlinked_customer', 'foreign_customer')`,
})
@Index('webhook_events_stripe_customer_id_idx', ['stripeCustomerId', 'id'])
@Index('webhook_events_list_idx', ['state', 'type', 'id'])
export class WebhookEvent {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  /** `evt_…`; for a signed body that could not be read, `sha256:` and the hash of its bytes. */
  @Column({ type: 'varchar', length: 255, unique: true })
  eventId!: string;

  @Column({ type: 'varchar', length: 255, nullable: true })
  type!: string | null;

  /** Id of the object that the event is about. */
  @Column({ type: 'varchar', length: 255, nullable: true })
  objectId!: string | null;

  @Column(STRIPE_ID)
  stripeCustomerId!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  apiVersion!: string | null;

  @Column({ type: 'boolean', nullable: true })
  livemode!: boolean | null;

  /** `created` of the event: seconds, Stripe's clock. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintAsNumber })
  stripeCreated!: number | null;

  /** The request's body, byte for byte; once its payer was closed without what is personal. */
  @Column({ type: 'bytea', select: false })
  payload!: Buffer;

  @Column({ type: 'enum', enum: WEBHOOK_EVENT_STATES, enumName: 'webhookeventstate', default: 'received' })
  state!: WebhookEventState;

  /** Why it was ignored or failed, for example `unlinked_customer`, `unknown_type`, `unparsable`. */
  @Column({ type: 'varchar', length: 100, nullable: true })
  reason!: string | null;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  nextAttemptAt!: Date;

  /** A worker that took the event must settle it before this; afterwards another one may claim it. */
  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  /** The process whose worker took it (ServiceProcess); null: unknown, the event is held for its time. */
  @Column({ type: 'uuid', nullable: true })
  leasedBy!: string | null;

  /** Error of the last attempt, with its stack; never the payload. */
  @Column({ type: 'text', nullable: true })
  lastError!: string | null;

  @Index()
  @Column({ type: 'timestamptz', default: () => 'now()' })
  receivedAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  processedAt!: Date | null;
}
