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
import { MirroredRow } from '../sync/mirrored-row.js';
import { Subscription } from '../subscriptions/subscription.entity.js';

export const INVOICE_STATUSES = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const;
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

/** The mirror of a Stripe invoice. Amounts are in major units of `currency`. */
@Entity('invoices')
@Unique('invoices_stripe_invoice_id_key', ['stripeInvoiceId'])
@Index('invoices_list_idx', ['customerId', 'issuedAt', 'id'])
@Check('invoices_amount_due_check', 'amount_due >= 0')
@Check('invoices_amount_paid_check', 'amount_paid >= 0')
@Check('invoices_amount_remaining_check', 'amount_remaining >= 0')
export class Invoice extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'invoices_pkey' })
  id!: number;

  @Index('invoices_customer_id_idx')
  @Column({ name: 'customer_id', type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'invoices_customer_id_fkey' })
  customer!: Relation<Customer>;

  /** Set as soon as the subscription has a row; `stripe_subscription_id` is known before. */
  @Index('invoices_subscription_id_idx')
  @Column({ name: 'subscription_id', type: 'integer', nullable: true })
  subscriptionId!: number | null;

  @ManyToOne(() => Subscription, { onDelete: 'SET NULL' })
  @JoinColumn({ name: 'subscription_id', foreignKeyConstraintName: 'invoices_subscription_id_fkey' })
  subscription!: Relation<Subscription> | null;

  @Index('invoices_stripe_subscription_id_idx')
  @Column({ name: 'stripe_subscription_id', type: 'varchar', length: 255, nullable: true })
  stripeSubscriptionId!: string | null;

  /** `in_…` */
  @Column({ name: 'stripe_invoice_id', type: 'varchar', length: 255, nullable: true })
  stripeInvoiceId!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  number!: string | null;

  @Index('invoices_status_idx')
  @Column({ type: 'enum', enum: INVOICE_STATUSES, enumName: 'invoicestatus' })
  status!: InvoiceStatus;

  /** Why Stripe made it: subscription_create, subscription_cycle, subscription_update, manual … */
  @Column({ name: 'billing_reason', type: 'varchar', length: 50, nullable: true })
  billingReason!: string | null;

  @Column(MONEY)
  total!: string;

  @Column({ name: 'amount_due', ...MONEY })
  amountDue!: string;

  @Column({ name: 'amount_paid', ...MONEY, default: 0 })
  amountPaid!: string;

  @Column({ name: 'amount_remaining', ...MONEY })
  amountRemaining!: string;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ name: 'attempt_count', type: 'integer', default: 0 })
  attemptCount!: number;

  /** When Stripe will try to collect again; null: it will not. */
  @Column({ name: 'next_payment_attempt', type: 'timestamptz', nullable: true })
  nextPaymentAttempt!: Date | null;

  @Column({ name: 'period_start', type: 'timestamptz', nullable: true })
  periodStart!: Date | null;

  @Column({ name: 'period_end', type: 'timestamptz', nullable: true })
  periodEnd!: Date | null;

  @Column({ name: 'due_date', type: 'timestamptz', nullable: true })
  dueDate!: Date | null;

  @Column({ name: 'paid_at', type: 'timestamptz', nullable: true })
  paidAt!: Date | null;

  /** A link that lets its bearer see and pay the invoice: never logged. */
  @Column({ name: 'hosted_invoice_url', type: 'text', nullable: true })
  hostedInvoiceUrl!: string | null;

  @Column({ name: 'invoice_pdf', type: 'text', nullable: true })
  invoicePdf!: string | null;

  /** `created` of the Stripe invoice; lists are ordered by it. */
  @Column({ name: 'issued_at', type: 'timestamptz' })
  issuedAt!: Date;

  /** When a draft was found deleted at Stripe. */
  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
