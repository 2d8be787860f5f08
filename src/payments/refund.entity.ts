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
import { MONEY } from '../database/columns.js';
import { MirroredRow } from '../sync/mirrored-row.js';
import { Payment } from './payment.entity.js';

export const REFUND_STATUSES = ['pending', 'succeeded', 'failed', 'canceled', 'requires_action'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** The mirror of a Stripe refund. Amounts are in major units of `currency`. */
@Entity('refunds')
@Unique('refunds_stripe_refund_id_key', ['stripeRefundId'])
@Check('refunds_amount_check', 'amount >= 0')
export class Refund extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'refunds_pkey' })
  id!: number;

  @Index('refunds_payment_id_idx')
  @Column({ name: 'payment_id', type: 'integer' })
  paymentId!: number;

  @ManyToOne(() => Payment, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'payment_id', foreignKeyConstraintName: 'refunds_payment_id_fkey' })
  payment!: Relation<Payment>;

  /** `re_…` */
  @Column({ name: 'stripe_refund_id', type: 'varchar', length: 255, nullable: true })
  stripeRefundId!: string | null;

  @Column(MONEY)
  amount!: string;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Column({ type: 'enum', enum: REFUND_STATUSES, enumName: 'refundstatus' })
  status!: RefundStatus;

  @Column({ type: 'varchar', length: 100, nullable: true })
  reason!: string | null;

  @Column({ name: 'failure_reason', type: 'text', nullable: true })
  failureReason!: string | null;

  @Column({ name: 'receipt_number', type: 'varchar', length: 100, nullable: true })
  receiptNumber!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
