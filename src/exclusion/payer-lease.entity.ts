import { Check, Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Organization } from '../auth/organization.entity.js';
import { User } from '../auth/user.entity.js';

/** The request of a payer that changes something now; kept afterwards as a free lease. */
@Entity()
@Check('payer_leases_payer_check', 'num_nonnulls(user_id, organization_id) = 1')
export class PayerLease {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  @Column({ type: 'integer', nullable: true, unique: true })
  userId!: number | null;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  user!: Relation<User> | null;

  @Column({ type: 'integer', nullable: true, unique: true })
  organizationId!: number | null;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE' })
  organization!: Relation<Organization> | null;

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
