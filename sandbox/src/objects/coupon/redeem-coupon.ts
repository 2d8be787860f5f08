import { type Context } from '../../kernel/context.js';
import { coupons } from './coupon-type.js';

/** Counts one more use of a coupon. */
export function countRedemption(context: Context, id: string): void {
  const before = context.objects(coupons).get(id);
  if (before === undefined) return;
  const after = context.objects(coupons).update(id, { times_redeemed: before.times_redeemed + 1 });
  context.emitUpdated('coupon.updated', before, after);
}
