import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { type CouponTerms, type DiscountInForce } from '../../rules/discounts.js';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';
import { type Coupon, coupons } from '../coupon/coupon-type.js';

export type Discount = Stored<Stripe.Discount>;

export const discounts = objectType<Discount>({
  object: 'discount',
  prefix: 'di',
  indexes: { subscription: (discount) => discount.subscription, coupon: (discount) => discount.source.coupon },
  references: { customer: 'customer', promotion_code: 'promotion_code', 'source.coupon': 'coupon' },
});

/** The terms of a coupon, with what the API shows only when expanded. */
export function termsOf(coupon: Coupon): CouponTerms {
  const { applies_to, currency_options } = coupon.sandbox;
  return {
    percent_off: coupon.percent_off,
    amount_off: coupon.amount_off,
    currency: coupon.currency,
    currency_options,
    duration: coupon.duration,
    duration_in_months: coupon.duration_in_months,
    ...(applies_to === null ? {} : { applies_to }),
  };
}

/** What is returned when a discount has been taken off. */
export function deletedDiscount({ end: _end, ...discount }: Discount): object {
  return { ...discount, deleted: true };
}

/** The discount as a rule of what it takes off, or null when its coupon is gone. */
export function inForce(context: Context, discount: Discount): DiscountInForce | null {
  const coupon = discount.source.coupon === null ? undefined : context.objects(coupons).get(discount.source.coupon);
  return coupon === undefined ? null : { id: discount.id, coupon: termsOf(coupon) };
}
