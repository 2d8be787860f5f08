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

/** The mirror of a Stripe subscription schedule: the change of plan that takes effect at the end of the period. */
@Entity('subscription_schedules')
@Unique('subscription_schedules_stripe_schedule_id_key', ['stripeScheduleId'])
export class SubscriptionSchedule extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'subscription_schedules_pkey' })
  id!: number;

  @Index('subscription_schedules_customer_id_idx')
  @Column({ name: 'customer_id', type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'subscription_schedules_customer_id_fkey' })
  customer!: Relation<Customer>;

  /** `sub_sched_…` */
  @Column({ name: 'stripe_schedule_id', type: 'varchar', length: 255, nullable: true })
  stripeScheduleId!: string | null;

  /** `sub_…` that the schedule governs; null once released. */
  @Index('subscription_schedules_stripe_subscription_id_idx')
  @Column({ name: 'stripe_subscription_id', type: 'varchar', length: 255, nullable: true })
  stripeSubscriptionId!: string | null;

  /** Stripe's word: not_started, active, completed, released, canceled. */
  @Column({ type: 'varchar', length: 50 })
  status!: string;

  /** Price of the phase after the current one; null when none follows. */
  @Column({ name: 'next_stripe_price_id', type: 'varchar', length: 255, nullable: true })
  nextStripePriceId!: string | null;

  /** When that phase begins. */
  @Column({ name: 'next_phase_at', type: 'timestamptz', nullable: true })
  nextPhaseAt!: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
