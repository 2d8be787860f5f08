import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { discountEnd, fitsCurrency } from '../../rules/discounts.js';
import { requireRedeemableCoupon } from '../coupon/coupon-type.js';
import { requireRedeemableCode } from '../promotion-code/promotion-code-type.js';
import { type DiscountEntry } from './discount-parameters.js';
import { type Discount, discounts, termsOf } from './discount-type.js';

/** What a new discount is for. */
export interface DiscountTarget {
  readonly customer: string;
  /** Null when any currency will do: the discount of a customer who has none yet. */
  readonly currency: string | null;
  readonly subscription?: string;
  readonly invoice?: string;
  readonly invoice_item?: string;
}

/** Checks one entry and makes the discount that it asks for; an existing discount is taken over as it is. */
function makeDiscount(context: Context, entry: DiscountEntry, target: DiscountTarget, param: string): Discount {
  const given = [entry.coupon, entry.promotion_code, entry.discount].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw invalidRequest('You must specify exactly one of coupon, promotion_code or discount.', { param });
  }
  if (entry.discount !== undefined) {
    return context.objects(discounts).require(entry.discount, `${param}[discount]`);
  }
  const code =
    entry.promotion_code === undefined
      ? null
      : requireRedeemableCode(context, entry.promotion_code, target.customer, `${param}[promotion_code]`);
  const name = `${param}[${code ? 'promotion_code' : 'coupon'}]`;
  const coupon = requireRedeemableCoupon(context, entry.coupon ?? code?.promotion.coupon ?? '', name);
  if (target.currency !== null && !fitsCurrency(termsOf(coupon), target.currency)) {
    throw invalidRequest(
      `The coupon's currency (${coupon.currency}) does not match the currency of what it is applied to (${target.currency}).`,
      { param: name },
    );
  }
  return {
    id: context.newId('di'),
    object: 'discount',
    checkout_session: null,
    customer: target.customer,
    customer_account: null,
    end: discountEnd(termsOf(coupon), context.now()),
    invoice: target.invoice ?? null,
    invoice_item: target.invoice_item ?? null,
    promotion_code: code?.id ?? null,
    source: { type: 'coupon', coupon: coupon.id },
    start: context.now(),
    subscription: target.subscription ?? null,
    subscription_item: null,
  };
}

/** Checks a `discounts` parameter and returns the discounts it asks for, none of them stored yet. */
export function computeDiscounts(
  context: Context,
  entries: readonly DiscountEntry[],
  target: DiscountTarget,
  param = 'discounts',
): Discount[] {
  return entries.map((entry, position) => makeDiscount(context, entry, target, `${param}[${position}]`));
}
