import { Check, Column, Entity, Index } from 'typeorm';
import { STRIPE_ID } from '../database/columns.js';
import { MirroredRow } from '../sync/mirrored-row.js';

/** The mirror of a Stripe promotion code: the word that a customer types for a coupon. */
@Entity()
@Check('promotion_codes_times_redeemed_check', 'times_redeemed >= 0')
export class PromotionCode extends MirroredRow {
  /** `promo_…` */
  @Column({ ...STRIPE_ID, unique: true })
  stripePromotionCodeId!: string | null;

  /** `id` of the coupon it stands for. */
  @Index()
  @Column(STRIPE_ID)
  stripeCouponId!: string | null;

  /** As Stripe shows it; compared without regard to case. Several inactive ones may share a code. */
  @Index()
  @Column({ type: 'varchar', length: 500 })
  code!: string;

  @Column({ type: 'boolean' })
  isActive!: boolean;

  @Column({ type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'integer', nullable: true })
  maxRedemptions!: number | null;

  @Column({ type: 'integer', default: 0 })
  timesRedeemed!: number;

  /** Only this Stripe customer may use it. */
  @Column(STRIPE_ID)
  stripeCustomerId!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
