import { BillingError } from '../common/billing-error.js';
import { classifyStripeError } from '../stripe/stripe-error.js';

/** An entry of Stripe's `discounts`. */
export type Discount = { coupon: string } | { promotion_code: string };

/**
 * The ids under which a coupon of that text may be known to Stripe, which tells upper from lower case: the spelling that
 * was typed if we know it, then the spellings that we know, then the likely ones.
 * @param known ids of the coupons here that differ from the text in their case at most
 */
export function candidateIds(text: string, known: readonly string[]): string[] {
  const exact = known.filter((id) => id === text);
  return [...new Set([...exact, ...known, text, text.toUpperCase(), text.toLowerCase()])];
}

/**
 * 400 when a failed Stripe call was refused because of its discount (used up or expired meanwhile, a first purchase
 * wanted, a least amount not reached); null for every other error.
 * @param code as the caller wrote it
 */
export function couponRefusal(error: unknown, code: string): BillingError | null {
  const failure = classifyStripeError(error);
  if (failure === null || (failure.kind !== 'refused' && failure.kind !== 'missing')) return null;
  const aboutDiscount = /^(discounts|coupon|promotion_code)/.test(failure.param ?? '');
  const byCode = /^(coupon|promotion_code)_/.test(failure.code ?? '');
  return aboutDiscount || byCode ? invalidCoupon(code, error) : null;
}

/** 400 with the code as the caller wrote it. */
export function invalidCoupon(code: string, cause?: unknown): BillingError {
  return new BillingError('invalid_coupon', `Invalid coupon: ${code}`, {}, cause);
}
