import { Check, Column, Entity, Index, ManyToOne, type Relation } from 'typeorm';
import { type BillingInterval } from '../catalogue/catalogue.schema.js';
import { type AddOnChoice } from '../catalogue/composition.js';
import { Customer } from '../customers/customer.entity.js';
import { bigintAsNumber, MONEY, STRIPE_ID } from '../database/columns.js';
import { MirroredRow } from '../sync/mirrored-row.js';
import { type AmountReason } from './item-amount.mapper.js';
import { SUBSCRIPTION_STATUSES, type SubscriptionStatus } from './subscription-status.js';

/** The tier of what is sold at a price of no plan: it is in no group (plan-group.ts). */
export const TIER_OF_NO_PLAN = 'custom';

/** An item beside the plan's, as the column `add_ons` holds it. */
export interface AddOn {
  /** `price_…` */
  price: string;
  /** Key of the add-on in the catalogue; null for what is none of it. Rows of the release before do not have it. */
  plan?: string | null;
  /** Nickname of the price. */
  name: string | null;
  /** Null for what is billed by use. */
  quantity: number | null;
  interval: BillingInterval;
  intervalCount: number;
  /** Major units as a money column holds them; null where `amountReason` says why. */
  amount: string | null;
  amountReason: AmountReason | null;
  /** Seconds since 1970. */
  currentPeriodEnd: number;
}

const ONE_LIVE_PER_GROUP = 'subscriptions_one_live_per_group';

/** The mirror of a Stripe subscription. */
@Entity()
@Index(ONE_LIVE_PER_GROUP, ['customerId', 'planGroup'], {
  unique: true,
  where: `status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete') AND duplicate_of_id IS NULL AND plan_group IS NOT NULL`,
})
@Index('subscriptions_current_idx', ['customerId', 'status', 'createdAt'])
@Check('subscriptions_amount_check', 'amount >= 0')
@Check('subscriptions_quantity_check', 'quantity >= 0')
@Check('subscriptions_interval_check', `"interval" IN ('day', 'week', 'month', 'year')`)
@Check('subscriptions_duplicate_of_check', 'duplicate_of_id <> id')
export class Subscription extends MirroredRow {
  @Index()
  @Column({ type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  customer!: Relation<Customer>;

  /** `sub_…` */
  @Column({ ...STRIPE_ID, unique: true })
  stripeSubscriptionId!: string | null;

  @Index()
  @Column({ type: 'enum', enum: SUBSCRIPTION_STATUSES, enumName: 'subscriptionstatus' })
  status!: SubscriptionStatus;

  /** Stripe's own word for the status, also where this version does not know it. */
  @Column({ type: 'varchar', length: 50 })
  stripeStatus!: string;

  /** Key of the plan that the plan item's price belongs to, or did earlier; `custom`: of none. */
  @Column({ type: 'varchar', length: 100 })
  tier!: string;

  /** Group of the plan; null for what is sold at a price of no plan. The default is that of instances without groups. */
  @Column({ type: 'varchar', length: 100, nullable: true, default: 'main' })
  planGroup!: string | null;

  /** Price of one interval of the plan and its seats in major units, before discounts and tax; 0 where `amount_reason` is set. */
  @Column(MONEY)
  amount!: string;

  /** Why the amount cannot be told. */
  @Column({ type: 'varchar', length: 50, nullable: true })
  amountReason!: AmountReason | null;

  @Column({ type: 'varchar', length: 3, default: 'usd' })
  currency!: string;

  @Column({ type: 'varchar', length: 20, default: 'month' })
  interval!: BillingInterval;

  /** How many intervals a period lasts. */
  @Column({ type: 'integer', default: 1 })
  intervalCount!: number;

  /** Period of the plan item; other items may have periods of their own. */
  @Column({ type: 'timestamptz', nullable: true })
  currentPeriodStart!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  currentPeriodEnd!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  trialStart!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  trialEnd!: Date | null;

  /** Stripe's flag as it is; an end may also be scheduled by `cancel_at` alone. */
  @Column({ type: 'boolean', default: false })
  cancelAtPeriodEnd!: boolean;

  @Column({ type: 'timestamptz', nullable: true })
  cancelAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  canceledAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  endedAt!: Date | null;

  /** What the customer said; Stripe's `cancellation_details.comment`. */
  @Column({ type: 'varchar', length: 500, nullable: true })
  cancellationReason!: string | null;

  /** `si_…` of the plan item. */
  @Column(STRIPE_ID)
  stripeItemId!: string | null;

  /** `price_…` of the plan item. */
  @Column(STRIPE_ID)
  stripePriceId!: string | null;

  /** Seats in all, also where those past the included ones have an item of their own; without seats the units of the plan item. */
  @Column({ type: 'integer', default: 1 })
  quantity!: number;

  /** The items beside the plan's; null when there are none. */
  @Column({ type: 'jsonb', nullable: true })
  addOns!: AddOn[] | null;

  @Column(STRIPE_ID)
  stripeDefaultPaymentMethodId!: string | null;

  @Column(STRIPE_ID)
  latestStripeInvoiceId!: string | null;

  /** `sub_sched_…` while a schedule governs the subscription. */
  @Column(STRIPE_ID)
  stripeScheduleId!: string | null;

  /** `coupon` of the first discount. */
  @Column(STRIPE_ID)
  stripeCouponId!: string | null;

  /** True while an upgrade waits for its payment (`pending_update`). */
  @Column({ type: 'boolean', default: false })
  hasPendingUpdate!: boolean;

  /** `price_…` of the plan that the upgrade leads to. */
  @Column(STRIPE_ID)
  pendingStripePriceId!: string | null;

  /** Seats that the upgrade leads to. */
  @Column({ type: 'integer', nullable: true })
  pendingQuantity!: number | null;

  /** Add-ons of the catalogue that the upgrade leads to. */
  @Column({ type: 'jsonb', nullable: true })
  pendingAddOns!: AddOnChoice[] | null;

  /** When Stripe drops the upgrade unless it is paid. */
  @Column({ type: 'timestamptz', nullable: true })
  pendingUpdateExpiresAt!: Date | null;

  /** Set while Stripe collects nothing (`pause_collection`): keep_as_draft, mark_uncollectible or void. */
  @Column({ type: 'varchar', length: 50, nullable: true })
  pauseCollectionBehavior!: string | null;

  /** When it collects again; null: when it is told to. */
  @Column({ type: 'timestamptz', nullable: true })
  collectionResumesAt!: Date | null;

  /** `created` of the Stripe subscription: seconds. */
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  stripeCreated!: number;

  /** Set on a second live subscription of the customer's plans: the one that counts. */
  @Index()
  @Column({ type: 'integer', nullable: true })
  duplicateOfId!: number | null;

  @ManyToOne(() => Subscription, { onDelete: 'SET NULL' })
  duplicateOf!: Relation<Subscription> | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
