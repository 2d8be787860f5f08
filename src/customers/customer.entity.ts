import { Check, Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { STRIPE_ID } from '../database/columns.js';
import { Organization } from '../auth/organization.entity.js';
import { User } from '../auth/user.entity.js';
import { MirroredRow } from '../sync/mirrored-row.js';

/** The billing side of a person or an organization: the mirror of one Stripe customer. Version 0: not known to Stripe yet. */
@Entity()
@Check('customers_payer_check', 'num_nonnulls(user_id, organization_id) = 1')
export class Customer extends MirroredRow {
  /** Null where an organization is the customer. */
  @Column({ type: 'integer', nullable: true, unique: true })
  userId!: number | null;

  /** Money history outlives the user's account: a user with a customer cannot be deleted, nor can an organization. */
  @ManyToOne(() => User, { onDelete: 'RESTRICT' })
  user!: Relation<User> | null;

  /** Null where a person is the customer. */
  @Column({ type: 'integer', nullable: true, unique: true })
  organizationId!: number | null;

  @ManyToOne(() => Organization, { onDelete: 'RESTRICT' })
  organization!: Relation<Organization> | null;

  /** `cus_…`; null until Stripe made it. A deleted one stays until its payer needs a new one. */
  @Column({ ...STRIPE_ID, unique: true })
  stripeCustomerId!: string | null;

  /** That of the payer's token until there is a Stripe customer, from then on Stripe's; empty where Stripe has none. */
  @Index()
  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text', nullable: true })
  phone!: string | null;

  @Column({ type: 'text', nullable: true })
  addressLine1!: string | null;

  @Column({ type: 'text', nullable: true })
  addressLine2!: string | null;

  @Column({ type: 'text', nullable: true })
  city!: string | null;

  @Column({ type: 'text', nullable: true })
  state!: string | null;

  @Column({ type: 'text', nullable: true })
  postalCode!: string | null;

  /** ISO 3166-1 alpha-2. */
  @Column({ type: 'char', length: 2, nullable: true })
  country!: string | null;

  /** `invoice_settings.default_payment_method` of the Stripe customer (`pm_…`). */
  @Column(STRIPE_ID)
  defaultStripePaymentMethodId!: string | null;

  /** ISO 4217 in lower case: the one that Stripe bills subscriptions in, from the first one on; null while there was none. */
  @Column({ type: 'varchar', length: 3, nullable: true })
  currency!: string | null;

  /** When Stripe first showed a trial of this customer; null: the trial is still to be had. */
  @Column({ type: 'timestamptz', nullable: true })
  trialUsedAt!: Date | null;

  /** When the Stripe customer was found deleted. */
  @Column({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  /**
   * Since when a customer that was made elsewhere is here, by Stripe's clock; null for one that was made here. What it had by
   * then was agreed elsewhere: it is flagged, and never ended or charged.
   */
  @Column({ type: 'timestamptz', nullable: true })
  importedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
