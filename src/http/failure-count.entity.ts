import { Check, Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Organization } from '../auth/organization.entity.js';
import { User } from '../auth/user.entity.js';

/** How often a payer has failed lately, with what could be tried out on us: stolen cards and guessed codes. */
@Entity()
@Check('failure_counts_payer_check', 'num_nonnulls(user_id, organization_id) = 1')
export class FailureCount {
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

  /** Failures of the window, and tries that are under way. */
  @Column({ type: 'integer' })
  failures!: number;

  /** When counting begins anew, by PostgreSQL's clock. */
  @Column({ type: 'timestamptz' })
  windowEndsAt!: Date;
}
