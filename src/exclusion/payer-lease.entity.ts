import { Column, Entity, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../auth/user.entity.js';

/** The request of a user that changes something now; kept afterwards as a free lease. */
@Entity()
export class PayerLease {
  @PrimaryColumn({ type: 'integer' })
  userId!: number;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  user!: Relation<User>;

  /** What the request does. */
  @Column({ type: 'varchar', length: 50 })
  purpose!: string;

  /** Tells this lease from a later one. */
  @Column({ type: 'uuid' })
  token!: string;

  /** By PostgreSQL's clock; null: free. */
  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  /** The process that runs the request. */
  @Column({ type: 'uuid', nullable: true })
  leasedBy!: string | null;
}
