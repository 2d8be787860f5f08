import { type Context } from '../../kernel/context.js';
import { countRedemption } from '../coupon/redeem-coupon.js';
import { countCodeRedemption } from '../promotion-code/redeem-promotion-code.js';
import { type Discount, discounts } from './discount-type.js';

/**
 * Stores new discounts, counts their redemptions and emits `customer.discount.created`.
 * @param replaced the discount whose place they take: then `customer.discount.updated`
 */
export function redeemDiscounts(context: Context, added: readonly Discount[], replaced?: Discount): void {
  for (const discount of added) {
    if (context.objects(discounts).get(discount.id) !== undefined) continue;
    context.objects(discounts).insert(discount);
    if (discount.promotion_code === null) countRedemption(context, discount.source.coupon ?? '');
    else countCodeRedemption(context, discount.promotion_code);
    if (replaced === undefined) context.emit('customer.discount.created', discount);
    else context.emitUpdated('customer.discount.updated', replaced, discount);
  }
}
