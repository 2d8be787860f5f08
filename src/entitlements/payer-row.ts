import { Column, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Organization } from '../auth/organization.entity.js';
import { User } from '../auth/user.entity.js';

/** A row of a payer, who may not be a customer yet, about a feature. */
export abstract class PayerRow {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'integer', nullable: true })
  userId!: number | null;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  user!: Relation<User> | null;

  @Column({ type: 'integer', nullable: true })
  organizationId!: number | null;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE' })
  organization!: Relation<Organization> | null;

  /** Key of the feature in the catalogue. */
  @Column({ type: 'varchar', length: 100 })
  feature!: string;
}
