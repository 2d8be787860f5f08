import { Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation, Unique } from 'typeorm';
import { OutgoingEndpoint } from './outgoing-endpoint.entity.js';
import { OutgoingEvent } from './outgoing-event.entity.js';

/** An event that an endpoint has not taken yet: the row goes when it did. */
@Entity('outgoing_deliveries')
@Unique(['endpointId', 'eventId'])
@Index('outgoing_deliveries_order_idx', ['endpointId', 'payer', 'eventId'], { where: 'failed_at IS NULL' })
@Index('outgoing_deliveries_due_idx', ['nextAttemptAt'], { where: 'failed_at IS NULL' })
@Index('outgoing_deliveries_leased_by_idx', ['leasedBy'], { where: 'leased_by IS NOT NULL' })
export class OutgoingDelivery {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'integer' })
  endpointId!: number;

  @ManyToOne(() => OutgoingEndpoint, { onDelete: 'CASCADE', nullable: false })
  endpoint!: Relation<OutgoingEndpoint>;

  @Index()
  @Column({ type: 'bigint' })
  eventId!: string;

  @ManyToOne(() => OutgoingEvent, { onDelete: 'CASCADE', nullable: false })
  event!: Relation<OutgoingEvent>;

  /** Whose event it is: our id of the person, that of an organization with a minus, 0 for what concerns them all. Those of one payer keep their order. */
  @Column({ type: 'integer' })
  payer!: number;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ type: 'timestamptz', nullable: true })
  firstAttemptAt!: Date | null;

  /** By PostgreSQL's clock, as all times here. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  nextAttemptAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  /** The process that delivers it. */
  @Column({ type: 'uuid', nullable: true })
  leasedBy!: string | null;

  /** When it was given up; null while it is tried. */
  @Column({ type: 'timestamptz', nullable: true })
  failedAt!: Date | null;

  /** Why the last attempt failed: a status or a class of error, nothing of an answer's content. */
  @Column({ type: 'varchar', length: 255, nullable: true })
  lastError!: string | null;
}
