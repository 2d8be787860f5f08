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
import { bigintAsNumber, MONEY } from '../database/columns.js';
import { MirroredRow } from '../sync/mirrored-row.js';
import { SUBSCRIPTION_STATUSES, type SubscriptionStatus } from './subscription-status.js';

/** The tiers of the guide, and `custom` for a price that is none of the six. */
export const SUBSCRIPTION_TIERS = ['free', 'starter', 'professional', 'enterprise', 'custom'] as const;
export type SubscriptionTier = (typeof SUBSCRIPTION_TIERS)[number];
export const SUBSCRIPTION_INTERVALS = ['day', 'week', 'month', 'year'] as const;
export type SubscriptionInterval = (typeof SUBSCRIPTION_INTERVALS)[number];

export const ONE_LIVE_PER_CUSTOMER = 'subscriptions_one_live_per_customer';

/** The mirror of a Stripe subscription. */
@Entity('subscriptions')
@Unique('subscriptions_stripe_subscription_id_key', ['stripeSubscriptionId'])
@Index(ONE_LIVE_PER_CUSTOMER, ['customerId'], {
  unique: true,
  where: `status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete') AND duplicate_of_id IS NULL`,
})
@Index('subscriptions_current_idx', ['customerId', 'status', 'createdAt'])
@Check('subscriptions_amount_check', 'amount >= 0')
@Check('subscriptions_quantity_check', 'quantity >= 0')
@Check('subscriptions_interval_check', `"interval" IN ('day', 'week', 'month', 'year')`)
@Check('subscriptions_duplicate_of_check', 'duplicate_of_id <> id')
export class Subscription extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'subscriptions_pkey' })
  id!: number;

  @Index('subscriptions_customer_id_idx')
  @Column({ name: 'customer_id', type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'subscriptions_customer_id_fkey' })
  customer!: Relation<Customer>;

  /** `sub_…` */
  @Column({ name: 'stripe_subscription_id', type: 'varchar', length: 255, nullable: true })
  stripeSubscriptionId!: string | null;

  @Index('subscriptions_status_idx')
  @Column({ type: 'enum', enum: SUBSCRIPTION_STATUSES, enumName: 'subscriptionstatus' })
  status!: SubscriptionStatus;

  /** Stripe's own word for the status, also where this version does not know it. */
  @Column({ name: 'stripe_status', type: 'varchar', length: 50 })
  stripeStatus!: string;

  /** Derived from the price. */
  @Column({ type: 'enum', enum: SUBSCRIPTION_TIERS, enumName: 'subscriptiontier' })
  tier!: SubscriptionTier;

  /** Price of one interval in major units: unit amount × quantity, before discounts and tax. */
  @Column(MONEY)
  amount!: string;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Column({ type: 'varchar', length: 20, default: 'month' })
  interval!: SubscriptionInterval;

  @Column({ name: 'current_period_start', type: 'timestamptz', nullable: true })
  currentPeriodStart!: Date | null;

  @Column({ name: 'current_period_end', type: 'timestamptz', nullable: true })
  currentPeriodEnd!: Date | null;

  @Column({ name: 'trial_start', type: 'timestamptz', nullable: true })
  trialStart!: Date | null;

  @Column({ name: 'trial_end', type: 'timestamptz', nullable: true })
  trialEnd!: Date | null;

  /** Stripe's flag as it is; an end may also be scheduled by `cancel_at` alone. */
  @Column({ name: 'cancel_at_period_end', type: 'boolean', default: false })
  cancelAtPeriodEnd!: boolean;

  @Column({ name: 'cancel_at', type: 'timestamptz', nullable: true })
  cancelAt!: Date | null;

  @Column({ name: 'canceled_at', type: 'timestamptz', nullable: true })
  canceledAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt!: Date | null;

  /** What the customer said; Stripe's `cancellation_details.comment`. */
  @Column({ name: 'cancellation_reason', type: 'varchar', length: 500, nullable: true })
  cancellationReason!: string | null;

  /** `si_…` of the first item. */
  @Column({ name: 'stripe_item_id', type: 'varchar', length: 255, nullable: true })
  stripeItemId!: string | null;

  /** `price_…` of the first item. */
  @Column({ name: 'stripe_price_id', type: 'varchar', length: 255, nullable: true })
  stripePriceId!: string | null;

  @Column({ type: 'integer', default: 1 })
  quantity!: number;

  @Column({ name: 'stripe_default_payment_method_id', type: 'varchar', length: 255, nullable: true })
  stripeDefaultPaymentMethodId!: string | null;

  @Column({ name: 'latest_stripe_invoice_id', type: 'varchar', length: 255, nullable: true })
  latestStripeInvoiceId!: string | null;

  /** `sub_sched_…` while a schedule governs the subscription. */
  @Column({ name: 'stripe_schedule_id', type: 'varchar', length: 255, nullable: true })
  stripeScheduleId!: string | null;

  /** `coupon` of the first discount. */
  @Column({ name: 'stripe_coupon_id', type: 'varchar', length: 255, nullable: true })
  stripeCouponId!: string | null;

  /** True while an upgrade waits for its payment (`pending_update`). */
  @Column({ name: 'has_pending_update', type: 'boolean', default: false })
  hasPendingUpdate!: boolean;

  /** `created` of the Stripe subscription: seconds. */
  @Column({ name: 'stripe_created', type: 'bigint', transformer: bigintAsNumber })
  stripeCreated!: number;

  /** Set on a second live subscription of the customer: the one that counts. */
  @Index('subscriptions_duplicate_of_id_idx')
  @Column({ name: 'duplicate_of_id', type: 'integer', nullable: true })
  duplicateOfId!: number | null;

  @ManyToOne(() => Subscription, { onDelete: 'SET NULL' })
  @JoinColumn({ name: 'duplicate_of_id', foreignKeyConstraintName: 'subscriptions_duplicate_of_id_fkey' })
  duplicateOf!: Relation<Subscription> | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
