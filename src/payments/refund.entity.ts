import { Check, Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { MONEY, STRIPE_ID } from '../database/columns.js';
import { MirroredRow } from '../sync/mirrored-row.js';
import { Payment } from './payment.entity.js';

export const REFUND_STATUSES = ['pending', 'succeeded', 'failed', 'canceled', 'requires_action'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** The mirror of a Stripe refund. Amounts are in major units of `currency`. */
@Entity()
@Check('refunds_amount_check', 'amount >= 0')
export class Refund extends MirroredRow {
  @Index()
  @Column({ type: 'integer' })
  paymentId!: number;

  @ManyToOne(() => Payment, { onDelete: 'RESTRICT' })
  payment!: Relation<Payment>;

  /** `re_…` */
  @Column({ ...STRIPE_ID, unique: true })
  stripeRefundId!: string | null;

  @Column(MONEY)
  amount!: string;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Column({ type: 'enum', enum: REFUND_STATUSES, enumName: 'refundstatus' })
  status!: RefundStatus;

  @Column({ type: 'varchar', length: 100, nullable: true })
  reason!: string | null;

  @Column({ type: 'text', nullable: true })
  failureReason!: string | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  receiptNumber!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
