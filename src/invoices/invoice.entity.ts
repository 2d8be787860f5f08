import { Check, Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { MONEY, STRIPE_ID } from '../database/columns.js';
import { MirroredRow } from '../sync/mirrored-row.js';
import { Subscription } from '../subscriptions/subscription.entity.js';

export const INVOICE_STATUSES = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const;
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

/** The mirror of a Stripe invoice. Amounts are in major units of `currency`. */
@Entity()
@Index('invoices_list_idx', ['customerId', 'issuedAt', 'id'])
@Check('invoices_amount_due_check', 'amount_due >= 0')
@Check('invoices_amount_paid_check', 'amount_paid >= 0')
@Check('invoices_amount_remaining_check', 'amount_remaining >= 0')
export class Invoice extends MirroredRow {
  @Index()
  @Column({ type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  customer!: Relation<Customer>;

  /** Set as soon as the subscription has a row; `stripe_subscription_id` is known before. */
  @Index()
  @Column({ type: 'integer', nullable: true })
  subscriptionId!: number | null;

  @ManyToOne(() => Subscription, { onDelete: 'SET NULL' })
  subscription!: Relation<Subscription> | null;

  @Index()
  @Column(STRIPE_ID)
  stripeSubscriptionId!: string | null;

  /** `in_…` */
  @Column({ ...STRIPE_ID, unique: true })
  stripeInvoiceId!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  number!: string | null;

  @Index()
  @Column({ type: 'enum', enum: INVOICE_STATUSES, enumName: 'invoicestatus' })
  status!: InvoiceStatus;

  /** Why Stripe made it: subscription_create, subscription_cycle, subscription_update, manual … */
  @Column({ type: 'varchar', length: 50, nullable: true })
  billingReason!: string | null;

  @Column(MONEY)
  total!: string;

  @Column(MONEY)
  amountDue!: string;

  @Column({ ...MONEY, default: 0 })
  amountPaid!: string;

  @Column(MONEY)
  amountRemaining!: string;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'integer', default: 0 })
  attemptCount!: number;

  /** When Stripe will try to collect again; null: it will not. */
  @Column({ type: 'timestamptz', nullable: true })
  nextPaymentAttempt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  periodStart!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  periodEnd!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  dueDate!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  paidAt!: Date | null;

  /** A link that lets its bearer see and pay the invoice: never logged. */
  @Column({ type: 'text', nullable: true })
  hostedInvoiceUrl!: string | null;

  @Column({ type: 'text', nullable: true })
  invoicePdf!: string | null;

  /** `created` of the Stripe invoice; lists are ordered by it. */
  @Column({ type: 'timestamptz' })
  issuedAt!: Date;

  /** When a draft was found deleted at Stripe. */
  @Column({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
