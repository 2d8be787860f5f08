import { Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { STRIPE_ID } from '../database/columns.js';
import { Customer } from '../customers/customer.entity.js';
import { MirroredRow } from '../sync/mirrored-row.js';

/** The mirror of a Stripe subscription schedule: the change of plan that takes effect at the end of the period. */
@Entity()
export class SubscriptionSchedule extends MirroredRow {
  @Index()
  @Column({ type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  customer!: Relation<Customer>;

  /** `sub_sched_…` */
  @Column({ ...STRIPE_ID, unique: true })
  stripeScheduleId!: string | null;

  /** `sub_…` that the schedule governs; null once released. */
  @Index()
  @Column(STRIPE_ID)
  stripeSubscriptionId!: string | null;

  /** Stripe's word: not_started, active, completed, released, canceled. */
  @Column({ type: 'varchar', length: 50 })
  status!: string;

  /** Price of the phase after the current one; null when none follows. */
  @Column(STRIPE_ID)
  nextStripePriceId!: string | null;

  /** When that phase begins. */
  @Column({ type: 'timestamptz', nullable: true })
  nextPhaseAt!: Date | null;
}
