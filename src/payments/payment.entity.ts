import {
  Check,
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
import { MONEY } from '../database/columns.js';
import { Invoice } from '../invoices/invoice.entity.js';
import { MirroredRow } from '../sync/mirrored-row.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';

export const PAYMENT_STATUSES = [
  'pending',
  'processing',
  'succeeded',
  'failed',
  'canceled',
  'refunded',
  'partially_refunded',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** The mirror of a Stripe payment intent and its latest charge. Amounts are in major units of `currency`. */
@Entity('payments')
@Unique('payments_stripe_payment_intent_id_key', ['stripePaymentIntentId'])
@Unique('payments_stripe_charge_id_key', ['stripeChargeId'])
@Check('payments_amount_check', 'amount >= 0')
@Check('payments_amount_refunded_check', 'amount_refunded >= 0 AND amount_refunded <= amount')
export class Payment extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'payments_pkey' })
  id!: number;

  @Index('payments_customer_id_idx')
  @Column({ name: 'customer_id', type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'payments_customer_id_fkey' })
  customer!: Relation<Customer>;

  @Index('payments_invoice_id_idx')
  @Column({ name: 'invoice_id', type: 'integer', nullable: true })
  invoiceId!: number | null;

  @ManyToOne(() => Invoice, { onDelete: 'SET NULL' })
  @JoinColumn({ name: 'invoice_id', foreignKeyConstraintName: 'payments_invoice_id_fkey' })
  invoice!: Relation<Invoice> | null;

  @Index('payments_stripe_invoice_id_idx')
  @Column({ name: 'stripe_invoice_id', type: 'varchar', length: 255, nullable: true })
  stripeInvoiceId!: string | null;

  /** `pi_…` */
  @Column({ name: 'stripe_payment_intent_id', type: 'varchar', length: 255, nullable: true })
  stripePaymentIntentId!: string | null;

  /** `ch_…`, the latest one. */
  @Column({ name: 'stripe_charge_id', type: 'varchar', length: 255, nullable: true })
  stripeChargeId!: string | null;

  @Column(MONEY)
  amount!: string;

  @Column({ name: 'amount_refunded', ...MONEY, default: 0 })
  amountRefunded!: string;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Index('payments_status_idx')
  @Column({ type: 'enum', enum: PAYMENT_STATUSES, enumName: 'paymentstatus' })
  status!: PaymentStatus;

  @Index('payments_payment_method_id_idx')
  @Column({ name: 'payment_method_id', type: 'integer', nullable: true })
  paymentMethodId!: number | null;

  @ManyToOne(() => PaymentMethod, { onDelete: 'SET NULL' })
  @JoinColumn({ name: 'payment_method_id', foreignKeyConstraintName: 'payments_payment_method_id_fkey' })
  paymentMethod!: Relation<PaymentMethod> | null;

  @Index('payments_stripe_payment_method_id_idx')
  @Column({ name: 'stripe_payment_method_id', type: 'varchar', length: 255, nullable: true })
  stripePaymentMethodId!: string | null;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ name: 'failure_code', type: 'varchar', length: 100, nullable: true })
  failureCode!: string | null;

  @Column({ name: 'failure_message', type: 'text', nullable: true })
  failureMessage!: string | null;

  @Column({ name: 'receipt_url', type: 'text', nullable: true })
  receiptUrl!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
