import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where one piece of repair stands, shared by all instances. */
@Entity('repair_progress')
export class RepairProgressRow {
  /** For example `backfill.invoices`, `events`, `light`. */
  @PrimaryColumn({ type: 'varchar', length: 100 })
  name!: string;

  /** Where to resume: an id of Stripe's or ours; null: at the beginning. */
  @Column({ type: 'text', nullable: true })
  cursor!: string | null;

  /** Objects seen so far. */
  @Column({ type: 'integer', default: 0 })
  handled!: number;

  /** True when nothing is left of this piece. */
  @Column({ type: 'boolean', default: false })
  done!: boolean;

  /** What the last run found; of a backfill that is under way: what did not go in so far. */
  @Column({ type: 'jsonb', nullable: true })
  result!: object | null;

  /** A process that works on it must be done by then; afterwards another one may begin. */
  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  /** The process that has the lease (ServiceProcess); null: unknown, the lease is held for its time. */
  @Column({ type: 'uuid', nullable: true })
  leasedBy!: string | null;

  /** When a run last ended. */
  @Column({ type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}
