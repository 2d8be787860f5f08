import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context, withoutHidden } from '../../kernel/context.js';
import { type ReadContext, objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

interface Hidden {
  /** Product ids that the coupon is limited to, or null. */
  applies_to: { products: string[] } | null;
  currency_options: Record<string, { amount_off: number }>;
}

export type Coupon = Stored<Omit<Stripe.Coupon, 'applies_to' | 'currency_options'>, Hidden>;

export const coupons = objectType<Coupon>({
  object: 'coupon',
  prefix: '',
  includable: {
    applies_to: (coupon) => coupon.sandbox.applies_to ?? undefined,
    currency_options: (coupon) => coupon.sandbox.currency_options,
  },
  present: (coupon, context) => ({ ...withoutHidden(coupon), valid: isRedeemable(context, coupon) }),
});

/** Whether a coupon can be applied now: not past `redeem_by`, not exhausted. */
export function isRedeemable(context: ReadContext, coupon: Coupon): boolean {
  return (
    (coupon.redeem_by === null || coupon.redeem_by > context.now()) &&
    (coupon.max_redemptions === null || coupon.times_redeemed < coupon.max_redemptions)
  );
}

/** The coupon for a new discount. Throws `resource_missing` or `coupon_expired`. */
export function requireRedeemableCoupon(context: Context, id: string, param: string): Coupon {
  const coupon = context.objects(coupons).require(id, param);
  if (isRedeemable(context, coupon)) return coupon;
  if (coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions) {
    throw invalidRequest(`Coupon ${id} is used up and cannot be applied.`, { code: 'coupon_expired', param });
  }
  throw invalidRequest(`Coupon expired: ${id}`, { code: 'coupon_expired', param });
}
