import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type ReadContext, objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';
import { coupons, isRedeemable } from '../coupon/coupon-type.js';

export type PromotionCode = Stored<Stripe.PromotionCode>;

export const promotionCodes = objectType<PromotionCode>({
  object: 'promotion_code',
  prefix: 'promo',
  title: 'promotion code',
  indexes: { code: (promotionCode) => promotionCode.code.toUpperCase() },
  references: { 'promotion.coupon': 'coupon', customer: 'customer' },
  present: (promotionCode, context) => ({ ...promotionCode, active: isActive(context, promotionCode) }),
});

/** Whether a code can be redeemed now: switched on, not expired, not exhausted, its coupon redeemable. */
export function isActive(context: ReadContext, promotionCode: PromotionCode): boolean {
  const coupon = context.objects(coupons).get(promotionCode.promotion.coupon ?? '');
  return (
    promotionCode.active &&
    coupon !== undefined &&
    isRedeemable(context, coupon) &&
    (promotionCode.expires_at === null || promotionCode.expires_at > context.now()) &&
    (promotionCode.max_redemptions === null || promotionCode.times_redeemed < promotionCode.max_redemptions)
  );
}

/** The code for a new discount of a customer. Throws when it cannot be redeemed, or not by this customer. */
export function requireRedeemableCode(context: Context, id: string, customer: string, param: string): PromotionCode {
  const promotionCode = context.objects(promotionCodes).require(id, param);
  if (!isActive(context, promotionCode)) {
    throw invalidRequest(`This promotion code cannot be redeemed because it is inactive or expired: ${id}`, {
      code: 'promotion_code_expired',
      param,
    });
  }
  if (promotionCode.customer !== null && promotionCode.customer !== customer) {
    throw invalidRequest('This promotion code cannot be redeemed because it belongs to another customer.', {
      code: 'promotion_code_customer_mismatch',
      param,
    });
  }
  return promotionCode;
}
