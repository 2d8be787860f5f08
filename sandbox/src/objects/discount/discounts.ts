import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { array, hash, string, unsettable } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { type CouponTerms, type DiscountInForce, discountEnd, fitsCurrency } from '../../rules/discounts.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { type Coupon, countRedemption, coupons, requireRedeemableCoupon } from '../coupon/coupons.js';
import { type Resource } from '../../http/resource.js';
import { countCodeRedemption, requireRedeemableCode } from '../promotion-code/promotion-codes.js';

export type Discount = Stored<Stripe.Discount>;

export const discounts = objectType<Discount>({
  object: 'discount',
  prefix: 'di',
  indexes: { subscription: (discount) => discount.subscription, coupon: (discount) => discount.source.coupon },
  references: { customer: 'customer', promotion_code: 'promotion_code', 'source.coupon': 'coupon' },
});

/** One entry of a `discounts` parameter. */
export interface DiscountEntry {
  readonly coupon?: string;
  readonly promotion_code?: string;
  readonly discount?: string;
}

/** What a new discount is for. */
export interface DiscountTarget {
  readonly customer: string;
  /** Null when any currency will do: the discount of a customer who has none yet. */
  readonly currency: string | null;
  readonly subscription?: string;
  readonly invoice?: string;
  readonly invoice_item?: string;
}

/** The `discounts` parameter: entries of `coupon`, `promotion_code` or an existing `discount`; empty removes them. */
export const discountsParameter = unsettable(
  array(hash({ coupon: string(), promotion_code: string(), discount: string() }), { max: 20 }),
);

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

/** Checks a `discounts` parameter and answers the discounts it asks for, none of them stored yet. */
export function planDiscounts(
  context: Context,
  entries: readonly DiscountEntry[],
  target: DiscountTarget,
  param = 'discounts',
): Discount[] {
  return entries.map((entry, position) => makeDiscount(context, entry, target, `${param}[${position}]`));
}

/**
 * Stores planned discounts, counts their redemptions and emits `customer.discount.created`.
 * @param replaced the discount whose place they take: then `customer.discount.updated`
 */
export function redeemDiscounts(context: Context, planned: readonly Discount[], replaced?: Discount): void {
  for (const discount of planned) {
    if (context.objects(discounts).get(discount.id) !== undefined) continue;
    context.objects(discounts).insert(discount);
    if (discount.promotion_code === null) countRedemption(context, discount.source.coupon ?? '');
    else countCodeRedemption(context, discount.promotion_code);
    if (replaced === undefined) context.emit('customer.discount.created', discount);
    else context.emitUpdated('customer.discount.updated', replaced, discount);
  }
}

/** What is answered when a discount has been taken off. */
export function deletedDiscount({ end: _end, ...discount }: Discount): object {
  return { ...discount, deleted: true };
}

/** The discount as a rule of what it takes off, or null when its coupon is gone. */
export function inForce(context: Context, discount: Discount): DiscountInForce | null {
  const coupon = discount.source.coupon === null ? undefined : context.objects(coupons).get(discount.source.coupon);
  return coupon === undefined ? null : { id: discount.id, coupon: termsOf(coupon) };
}

export const discountResource: Resource = { types: [discounts], routes: [] };
