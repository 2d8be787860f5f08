import { Check, Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { MONEY, STRIPE_ID } from '../database/columns.js';
import { Invoice } from '../invoices/invoice.entity.js';
import { MirroredRow } from '../sync/mirrored-row.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';

const PAYMENT_STATUSES = [
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
@Entity()
@Check('payments_amount_check', 'amount >= 0')
@Check('payments_amount_refunded_check', 'amount_refunded >= 0 AND amount_refunded <= amount')
export class Payment extends MirroredRow {
  @Index()
  @Column({ type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  customer!: Relation<Customer>;

  @Index()
  @Column({ type: 'integer', nullable: true })
  invoiceId!: number | null;

  @ManyToOne(() => Invoice, { onDelete: 'SET NULL' })
  invoice!: Relation<Invoice> | null;

  @Index()
  @Column(STRIPE_ID)
  stripeInvoiceId!: string | null;

  /** `pi_…` */
  @Column({ ...STRIPE_ID, unique: true })
  stripePaymentIntentId!: string | null;

  /** `ch_…`, the latest one. */
  @Column({ ...STRIPE_ID, unique: true })
  stripeChargeId!: string | null;

  @Column(MONEY)
  amount!: string;

  @Column({ ...MONEY, default: 0 })
  amountRefunded!: string;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Index()
  @Column({ type: 'enum', enum: PAYMENT_STATUSES, enumName: 'paymentstatus' })
  status!: PaymentStatus;

  @Index()
  @Column({ type: 'integer', nullable: true })
  paymentMethodId!: number | null;

  @ManyToOne(() => PaymentMethod, { onDelete: 'SET NULL' })
  paymentMethod!: Relation<PaymentMethod> | null;

  @Index()
  @Column(STRIPE_ID)
  stripePaymentMethodId!: string | null;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  failureCode!: string | null;

  /** Stripe's `code` of the last attempt that failed. */
  @Column({ type: 'varchar', length: 100, nullable: true })
  errorCode!: string | null;

  /** The issuer's reason for declining it. */
  @Column({ type: 'varchar', length: 100, nullable: true })
  declineCode!: string | null;

  @Column({ type: 'text', nullable: true })
  failureMessage!: string | null;

  /** Stripe's word for how its newest dispute stands: needs_response, under_review, won, lost …; null: none. */
  @Column({ type: 'varchar', length: 50, nullable: true })
  disputeStatus!: string | null;

  @Column({ type: 'text', nullable: true })
  receiptUrl!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
