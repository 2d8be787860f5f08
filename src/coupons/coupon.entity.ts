import { Check, Column, Entity } from 'typeorm';
import { MONEY, STRIPE_ID } from '../database/columns.js';
import { MirroredRow } from '../sync/mirrored-row.js';

export const COUPON_DURATIONS = ['once', 'repeating', 'forever'] as const;
export type CouponDuration = (typeof COUPON_DURATIONS)[number];

/** The mirror of a Stripe coupon. Stripe counts and enforces its redemptions. */
@Entity()
@Check('coupons_off_check', '(percent_off IS NULL) <> (amount_off IS NULL)')
@Check('coupons_percent_off_check', 'percent_off > 0 AND percent_off <= 100')
@Check('coupons_amount_off_check', 'amount_off IS NULL OR (amount_off > 0 AND currency IS NOT NULL)')
@Check('coupons_duration_check', `duration IN ('once', 'repeating', 'forever')`)
@Check('coupons_duration_in_months_check', `(duration = 'repeating') = (duration_in_months IS NOT NULL)`)
@Check('coupons_times_redeemed_check', 'times_redeemed >= 0')
export class Coupon extends MirroredRow {
  /** Stripe's id of the coupon, which is also its code where it has no promotion code. */
  @Column({ ...STRIPE_ID, unique: true })
  stripeCouponId!: string | null;

  @Column({ type: 'varchar', length: 100, unique: true })
  code!: string;

  @Column({ type: 'numeric', precision: 5, scale: 2, nullable: true })
  percentOff!: string | null;

  /** Major units of `currency`. */
  @Column({ ...MONEY, nullable: true })
  amountOff!: string | null;

  @Column({ type: 'varchar', length: 3, nullable: true })
  currency!: string | null;

  @Column({ type: 'varchar', length: 20 })
  duration!: CouponDuration;

  @Column({ type: 'integer', nullable: true })
  durationInMonths!: number | null;

  @Column({ type: 'integer', nullable: true })
  maxRedemptions!: number | null;

  @Column({ type: 'integer', default: 0 })
  timesRedeemed!: number;

  @Column({ type: 'timestamptz', nullable: true })
  validFrom!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  validUntil!: Date | null;

  /** Stripe's `valid`; false once deleted. */
  @Column({ type: 'boolean', default: true })
  isActive!: boolean;

  @Column({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
