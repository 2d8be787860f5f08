import {
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
  UpdateDateColumn,
} from 'typeorm';
import { User } from '../auth/user.entity.js';
import { MirroredRow } from '../sync/mirrored-row.js';

/** The billing side of a user: the mirror of one Stripe customer. Version 0: not known to Stripe yet. */
@Entity('customers')
@Unique('customers_user_id_key', ['userId'])
@Unique('customers_stripe_customer_id_key', ['stripeCustomerId'])
export class Customer extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'customers_pkey' })
  id!: number;

  @Column({ name: 'user_id', type: 'integer' })
  userId!: number;

  /** Money history outlives the user's account: a user with a customer cannot be deleted. */
  @ManyToOne(() => User, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'customers_user_id_fkey' })
  user!: Relation<User>;

  /** `cus_…`; null until Stripe made it. A deleted one stays until the user needs a new one. */
  @Column({ name: 'stripe_customer_id', type: 'varchar', length: 255, nullable: true })
  stripeCustomerId!: string | null;

  /** That of the user's token until there is a Stripe customer, from then on Stripe's; empty where Stripe has none. */
  @Index('customers_email_idx')
  @Column({ type: 'varchar', length: 255 })
  email!: string;

  @Column({ type: 'varchar', length: 255, nullable: true })
  name!: string | null;

  @Column({ type: 'varchar', length: 50, nullable: true })
  phone!: string | null;

  @Column({ name: 'address_line1', type: 'varchar', length: 255, nullable: true })
  addressLine1!: string | null;

  @Column({ name: 'address_line2', type: 'varchar', length: 255, nullable: true })
  addressLine2!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  city!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  state!: string | null;

  @Column({ name: 'postal_code', type: 'varchar', length: 20, nullable: true })
  postalCode!: string | null;

  /** ISO 3166-1 alpha-2. */
  @Column({ type: 'char', length: 2, nullable: true })
  country!: string | null;

  /** `invoice_settings.default_payment_method` of the Stripe customer (`pm_…`). */
  @Column({ name: 'default_stripe_payment_method_id', type: 'varchar', length: 255, nullable: true })
  defaultStripePaymentMethodId!: string | null;

  /** When Stripe first showed a trial of this customer; null: the trial is still to be had. */
  @Column({ name: 'trial_used_at', type: 'timestamptz', nullable: true })
  trialUsedAt!: Date | null;

  /** When the Stripe customer was found deleted. */
  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
