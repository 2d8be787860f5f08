import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import { dateFromEpochSeconds } from '../common/clock.js';
import { Money } from '../common/money.js';
import { storableText } from '../common/storable.js';
import { type Columns } from '../sync/projection.js';
import { idOf } from '../stripe/values.js';
import { type Coupon, COUPON_DURATIONS, type CouponDuration } from './coupon.entity.js';
import { type PromotionCode } from './promotion-code.entity.js';

const MOST_OF_CODE = 100;
/** Length of the hash that tells long ids apart that begin alike, with its colon. */
const HASH = 33;

/** Stripe coupon → row. Whatever Stripe allows finds a place in it. */
export function toCouponColumns(coupon: Stripe.Coupon): Columns<Coupon> {
  const months = coupon.duration_in_months ?? null;
  const duration = toDuration(coupon.duration, months);
  const percent = coupon.percent_off;
  const fixed =
    percent !== null || coupon.amount_off === null || coupon.currency === null
      ? null
      : Money.fromMinorUnits(coupon.amount_off, coupon.currency);
  return {
    stripeCouponId: coupon.id,
    code: codeOf(coupon.id),
    percentOff: percent === null ? null : Math.max(0.01, percent).toFixed(2),
    amountOff: fixed === null ? null : fixed.toColumn(),
    currency: fixed === null ? null : fixed.currency,
    duration,
    durationInMonths: duration === 'repeating' ? months : null,
    maxRedemptions: coupon.max_redemptions,
    timesRedeemed: coupon.times_redeemed,
    validFrom: null,
    validUntil: dateFromEpochSeconds(coupon.redeem_by),
    isActive: coupon.valid,
    deletedAt: null,
    metadata: coupon.metadata,
  };
}

/** The id, or as much of it as the column takes and what tells it from another long one. */
function codeOf(id: string): string {
  if (id.length <= MOST_OF_CODE) return id;
  const hash = createHash('sha256').update(id).digest('hex');
  return `${storableText(id, MOST_OF_CODE - HASH)}:${hash.slice(0, HASH - 1)}`;
}

/**
 * Stripe's list of durations is open: an unknown one is kept as the nearest that the row can hold. Months count for a
 * repeating coupon alone: `forever` may have some, too.
 */
function toDuration(duration: string, months: number | null): CouponDuration {
  const known = COUPON_DURATIONS.find((one) => one === duration);
  if (known === 'once' || known === 'forever') return known;
  return months === null ? 'once' : 'repeating';
}

/** Stripe promotion code → row. */
export function toPromotionCodeColumns(code: Stripe.PromotionCode): Columns<PromotionCode> {
  return {
    stripePromotionCodeId: code.id,
    stripeCouponId: idOf(code.promotion.coupon),
    code: code.code,
    isActive: code.active,
    expiresAt: dateFromEpochSeconds(code.expires_at),
    maxRedemptions: code.max_redemptions,
    timesRedeemed: code.times_redeemed,
    stripeCustomerId: idOf(code.customer),
    deletedAt: null,
    metadata: code.metadata,
  };
}

/** What a discount is wanted for. */
export interface Purchase {
  /** ISO 4217 code of the price, in lower case. */
  currency: string;
  /** `prod_…` of the price. */
  stripeProductId: string;
}

/** True when Stripe would take the coupon off such a purchase now. */
export function appliesTo(coupon: Stripe.Coupon, { currency, stripeProductId }: Purchase): boolean {
  if (!coupon.valid) return false;
  const products = coupon.applies_to?.products ?? [];
  if (products.length > 0 && !products.includes(stripeProductId)) return false;
  if (coupon.amount_off === null) return true;
  return coupon.currency === currency || coupon.currency_options?.[currency] !== undefined;
}

/** The code that a customer may use among those of one text: their own before everyone's. */
export function choosePromotionCode(
  codes: readonly Stripe.PromotionCode[],
  stripeCustomerId: string | null,
): Stripe.PromotionCode | null {
  const active = codes.filter((code) => code.active);
  const own = stripeCustomerId === null ? undefined : active.find((code) => idOf(code.customer) === stripeCustomerId);
  return own ?? active.find((code) => idOf(code.customer) === null) ?? null;
}
