import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * Who did something. operator: a command of the CLI · stripe: an event · recovery: this service by itself, as when it finishes
 * what a crash left open.
 */
export const AUDIT_ACTORS = ['user', 'service_key', 'operator', 'stripe', 'recovery'] as const;
export type AuditActor = (typeof AUDIT_ACTORS)[number];

/**
 * One change: who made it, for whom, and what it was. Only ever added to: a trigger refuses everything else, but for the
 * removal of what is old. Has no foreign keys, since it outlives what it tells of.
 */
@Entity('audit_log')
@Index(['createdAt'])
@Index(['userId', 'id'])
@Index(['organizationId', 'id'])
@Index(['objectType', 'objectId', 'id'])
export class AuditEntry {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'varchar', length: 20 })
  actorKind!: AuditActor;

  /** Our id of the user or the service key. */
  @Column({ type: 'integer', nullable: true })
  actorId!: number | null;

  /** On whose behalf: a person or an organization; neither for what concerns no payer. */
  @Column({ type: 'integer', nullable: true })
  userId!: number | null;

  @Column({ type: 'integer', nullable: true })
  organizationId!: number | null;

  /** For example `subscription.canceled`. */
  @Column({ type: 'varchar', length: 100 })
  action!: string;

  /** For example `subscription`, with its Stripe id; things that Stripe does not know have our id. */
  @Column({ type: 'varchar', length: 50 })
  objectType!: string;

  @Column({ type: 'varchar', length: 255 })
  objectId!: string;

  /** What changed, as it was and as it is: ids, statuses and times, nothing about a person. */
  @Column({ type: 'jsonb', nullable: true })
  before!: Record<string, unknown> | null;

  @Column({ type: 'jsonb', nullable: true })
  after!: Record<string, unknown> | null;

  @Column({ type: 'varchar', length: 128, nullable: true })
  requestId!: string | null;
}
