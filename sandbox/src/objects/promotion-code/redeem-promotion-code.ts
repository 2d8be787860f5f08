import { type Context } from '../../kernel/context.js';
import { countRedemption } from '../coupon/redeem-coupon.js';
import { promotionCodes } from './promotion-code-type.js';

/** Counts one more use of a code and of its coupon. */
export function countCodeRedemption(context: Context, id: string): void {
  const before = context.objects(promotionCodes).require(id);
  const after = context.objects(promotionCodes).update(id, { times_redeemed: before.times_redeemed + 1 });
  context.emitUpdated('promotion_code.updated', before, after);
  countRedemption(context, before.promotion.coupon ?? '');
}
