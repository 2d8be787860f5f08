import { Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { type AddOnChoice } from '../../catalogue/composition.js';
import { STRIPE_ID } from '../../database/columns.js';
import { Customer } from '../../customers/customer.entity.js';
import { MirroredRow } from '../../sync/mirrored-row.js';

/** How this service drew the phases of a schedule, which Stripe keeps in its metadata. */
export interface Drawn {
  /** What they repeat of the subscription (`basisOf`). */
  basis: string;
  /** Items of the next phase (`nextItemsOf`). */
  next: string;
  /** What was asked for beside the plan; everything else is carried along. */
  sets?: ('quantity' | 'add_ons')[];
}

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

  /** Price of the plan in the phase after the current one; null when none follows. */
  @Column(STRIPE_ID)
  nextStripePriceId!: string | null;

  /** The plan of that price, or `custom`. */
  @Column({ type: 'varchar', length: 100, nullable: true })
  nextTier!: string | null;

  /** How often that price is paid, Stripe's word. */
  @Column({ type: 'varchar', length: 20, nullable: true })
  nextInterval!: string | null;

  /** How many intervals it is paid for at a time. */
  @Column({ type: 'integer', nullable: true })
  nextIntervalCount!: number | null;

  /** Seats in that phase. */
  @Column({ type: 'integer', nullable: true })
  nextQuantity!: number | null;

  /** Add-ons of the catalogue in that phase. */
  @Column({ type: 'jsonb', nullable: true })
  nextAddOns!: AddOnChoice[] | null;

  /** When that phase begins. */
  @Column({ type: 'timestamptz', nullable: true })
  nextPhaseAt!: Date | null;

  /** Null for a schedule that somebody else made: it is never drawn anew. */
  @Column({ type: 'jsonb', nullable: true })
  drawn!: Drawn | null;
}
