import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
} from 'typeorm';
import { MirroredRow } from '../sync/mirrored-row.js';

/** The mirror of a Stripe promotion code: the word that a customer types for a coupon. */
@Entity('promotion_codes')
@Unique('promotion_codes_stripe_promotion_code_id_key', ['stripePromotionCodeId'])
@Check('promotion_codes_times_redeemed_check', 'times_redeemed >= 0')
export class PromotionCode extends MirroredRow {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'promotion_codes_pkey' })
  id!: number;

  /** `promo_…` */
  @Column({ name: 'stripe_promotion_code_id', type: 'varchar', length: 255, nullable: true })
  stripePromotionCodeId!: string | null;

  /** `id` of the coupon it stands for. */
  @Index('promotion_codes_stripe_coupon_id_idx')
  @Column({ name: 'stripe_coupon_id', type: 'varchar', length: 255, nullable: true })
  stripeCouponId!: string | null;

  /** As Stripe shows it; compared without regard to case. Several inactive ones may share a code. */
  @Index('promotion_codes_code_idx')
  @Column({ type: 'varchar', length: 500 })
  code!: string;

  @Column({ name: 'is_active', type: 'boolean' })
  isActive!: boolean;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'max_redemptions', type: 'integer', nullable: true })
  maxRedemptions!: number | null;

  @Column({ name: 'times_redeemed', type: 'integer', default: 0 })
  timesRedeemed!: number;

  /** Only this Stripe customer may use it. */
  @Column({ name: 'stripe_customer_id', type: 'varchar', length: 255, nullable: true })
  stripeCustomerId!: string | null;

  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
