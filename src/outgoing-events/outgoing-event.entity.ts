import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { bigintAsNumber } from '../database/columns.js';
import { type Facts } from '../sync/write-listeners.js';
import { type OutgoingEventType } from './event-types.js';

/** What an event carries: the object as it was after the change, and the values before it of what changed. */
export interface OutgoingEventData {
  object: Facts;
  /** Null for what is new, and where nothing of the object changed. */
  previous: Facts | null;
}

/** Something that the host's programs are told of. Has no foreign keys: it outlives what it tells of. */
@Entity()
@Index('outgoing_events_waiting_idx', ['id'], { where: 'position IS NULL' })
@Index('outgoing_events_of_nobody_idx', ['position'], { where: 'user_id IS NULL AND organization_id IS NULL' })
@Index(['createdAt'])
@Index(['userId', 'position'])
@Index(['organizationId', 'position'])
@Unique(['source', 'type'])
@Check('outgoing_events_payer_check', 'num_nonnulls(user_id, organization_id) <= 1')
@Check('outgoing_events_numbers_check', '(position IS NULL) = (sequence IS NULL)')
export class OutgoingEvent {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** Its place among all events, in the order in which they were committed; null until the dispatcher gave it. */
  @Column({ type: 'bigint', nullable: true, unique: true, transformer: bigintAsNumber })
  position!: number | null;

  /** Its place among the events of its payer, or among those that have none: 1, 2, 3 …; null until the dispatcher gave it. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintAsNumber })
  sequence!: number | null;

  /** Whose it is: a person or an organization; neither for what concerns them all. */
  @Column({ type: 'integer', nullable: true })
  userId!: number | null;

  @Column({ type: 'integer', nullable: true })
  organizationId!: number | null;

  @Column({ type: 'varchar', length: 50 })
  type!: OutgoingEventType;

  /** The kind of object that it tells of, for example `subscription`. */
  @Column({ type: 'varchar', length: 50 })
  objectType!: string;

  /** Our id of the object; null where it has none. */
  @Column({ type: 'integer', nullable: true })
  objectId!: number | null;

  @Column({ type: 'varchar', length: 255, nullable: true })
  stripeId!: string | null;

  @Column({ type: 'jsonb' })
  data!: OutgoingEventData;

  /** Stripe's event that it comes of, where no row changed by it: it is told once. */
  @Column({ type: 'varchar', length: 255, nullable: true })
  source!: string | null;
}
