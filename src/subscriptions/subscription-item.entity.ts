import { Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { STRIPE_ID } from '../database/columns.js';
import { Subscription } from './subscription.entity.js';

/** What a subscription is billed for. Written with its subscription, by the same projection. */
@Entity()
export class SubscriptionItem {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @Column({ type: 'integer' })
  subscriptionId!: number;

  @ManyToOne(() => Subscription, { onDelete: 'CASCADE' })
  subscription!: Relation<Subscription>;

  /** `si_…` */
  @Column({ type: 'varchar', length: 255, unique: true })
  stripeItemId!: string;

  /** `price_…` */
  @Index()
  @Column({ type: 'varchar', length: 255 })
  stripePriceId!: string;

  /** `prod_…`; null for what was taken over from before there were items. */
  @Column(STRIPE_ID)
  stripeProductId!: string | null;

  /** Key of the plan or the add-on that the price pays for; null: of none in the catalogue. */
  @Column({ type: 'varchar', length: 100, nullable: true })
  plan!: string | null;

  /** `plan`, or `seat` for a price of the seats past the included ones. */
  @Column({ type: 'varchar', length: 20, default: 'plan' })
  purpose!: string;

  /** Null for what is billed by use. */
  @Column({ type: 'integer', nullable: true })
  quantity!: number | null;

  @Column({ type: 'timestamptz', nullable: true })
  currentPeriodStart!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  currentPeriodEnd!: Date | null;
}
