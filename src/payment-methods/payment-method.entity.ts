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
import { Customer } from '../customers/customer.entity.js';
import { MirroredRow } from '../sync/mirrored-row.js';

export const PAYMENT_METHOD_TYPES = ['card', 'bank_account', 'other'] as const;
export type PaymentMethodType = (typeof PAYMENT_METHOD_TYPES)[number];

/** A saved way to pay: the mirror of a Stripe payment method that is or was attached to a customer. */
@Entity('customer_payment_methods')
@Unique('customer_payment_methods_stripe_payment_method_id_key', ['stripePaymentMethodId'])
@Index('customer_payment_methods_one_default_per_customer', ['customerId'], { unique: true, where: 'is_default' })
@Index('customer_payment_methods_list_idx', ['customerId', 'isDefault', 'createdAt'])
export class PaymentMethod extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'customer_payment_methods_pkey' })
  id!: number;

  @Index('customer_payment_methods_customer_id_idx')
  @Column({ name: 'customer_id', type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'customer_payment_methods_customer_id_fkey' })
  customer!: Relation<Customer>;

  /** `pm_…` */
  @Column({ name: 'stripe_payment_method_id', type: 'varchar', length: 255, nullable: true })
  stripePaymentMethodId!: string | null;

  @Column({ type: 'enum', enum: PAYMENT_METHOD_TYPES, enumName: 'paymentmethodtype' })
  type!: PaymentMethodType;

  /** Follows the Stripe customer's `invoice_settings.default_payment_method`; at most one of a customer. */
  @Column({ name: 'is_default', type: 'boolean', default: false })
  isDefault!: boolean;

  @Column({ name: 'card_brand', type: 'varchar', length: 50, nullable: true })
  cardBrand!: string | null;

  @Column({ name: 'card_last4', type: 'varchar', length: 4, nullable: true })
  cardLast4!: string | null;

  @Column({ name: 'card_exp_month', type: 'integer', nullable: true })
  cardExpMonth!: number | null;

  @Column({ name: 'card_exp_year', type: 'integer', nullable: true })
  cardExpYear!: number | null;

  /** Stripe's fingerprint of the card number: the same card has the same one. */
  @Index('customer_payment_methods_card_fingerprint_idx')
  @Column({ name: 'card_fingerprint', type: 'varchar', length: 255, nullable: true })
  cardFingerprint!: string | null;

  /** Country and postal code only: the rest of the billing details stays at Stripe. */
  @Column({ name: 'billing_details', type: 'jsonb', nullable: true })
  billingDetails!: { country: string | null; postal_code: string | null } | null;

  /** When the payment method was found detached; such a row is kept for the payments that point at it. */
  @Column({ name: 'detached_at', type: 'timestamptz', nullable: true })
  detachedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
