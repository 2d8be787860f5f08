import { Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { STRIPE_ID } from '../database/columns.js';
import { Customer } from '../customers/customer.entity.js';
import { MirroredRow } from '../sync/mirrored-row.js';

export const PAYMENT_METHOD_TYPES = ['card', 'bank_account', 'other'] as const;
export type PaymentMethodType = (typeof PAYMENT_METHOD_TYPES)[number];

/** A saved way to pay: the mirror of a Stripe payment method that is or was attached to a customer. */
@Entity('customer_payment_methods')
@Index('customer_payment_methods_one_default_per_customer', ['customerId'], { unique: true, where: 'is_default' })
@Index('customer_payment_methods_list_idx', ['customerId', 'isDefault', 'createdAt'])
export class PaymentMethod extends MirroredRow {
  @Index()
  @Column({ type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  customer!: Relation<Customer>;

  /** `pm_…` */
  @Column({ ...STRIPE_ID, unique: true })
  stripePaymentMethodId!: string | null;

  @Column({ type: 'enum', enum: PAYMENT_METHOD_TYPES, enumName: 'paymentmethodtype' })
  type!: PaymentMethodType;

  /** Follows the Stripe customer's `invoice_settings.default_payment_method`; at most one of a customer. */
  @Column({ type: 'boolean', default: false })
  isDefault!: boolean;

  @Column({ type: 'varchar', length: 50, nullable: true })
  cardBrand!: string | null;

  @Column({ type: 'varchar', length: 4, nullable: true })
  cardLast4!: string | null;

  @Column({ type: 'integer', nullable: true })
  cardExpMonth!: number | null;

  @Column({ type: 'integer', nullable: true })
  cardExpYear!: number | null;

  /** Stripe's fingerprint of the card number: the same card has the same one. */
  @Index()
  @Column({ type: 'varchar', length: 255, nullable: true })
  cardFingerprint!: string | null;

  /** Country and postal code only: the rest of the billing details stays at Stripe. */
  @Column({ type: 'jsonb', nullable: true })
  billingDetails!: { country: string | null; postal_code: string | null } | null;

  /** When the payment method was found detached; such a row is kept for the payments that point at it. */
  @Column({ type: 'timestamptz', nullable: true })
  detachedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
