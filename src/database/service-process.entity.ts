import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process that runs now. Leases name their owner by `id`; those of a process that is gone are free. */
@Entity('service_processes')
export class ServiceProcess {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Last sign of life, by PostgreSQL's clock. */
  @Column({ type: 'timestamptz' })
  seenAt!: Date;
}
