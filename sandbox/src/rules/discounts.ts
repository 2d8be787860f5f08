import { divideRounded } from './amounts.js';
import { addMonths } from './billing-cycle.js';

/** The parts of a coupon that decide what it takes off. Amounts in minor units of `currency`. */
export interface CouponTerms {
  percent_off: number | null;
  amount_off: number | null;
  currency: string | null;
  currency_options?: Record<string, { amount_off: number }>;
  duration: string;
  duration_in_months: number | null;
  applies_to?: { products: string[] };
}

/** A discount in force: its id and its coupon's terms. */
export interface DiscountInForce {
  id: string;
  coupon: CouponTerms;
}

/** A line before discounts. Lines that are not `discountable` (prorations) keep their amount. */
export interface DiscountableLine {
  amount: number;
  discountable: boolean;
  product: string | null;
  /** Discounts of the line alone, applied before the invoice's. */
  discounts?: DiscountInForce[];
}

/** What one discount takes off one line, in minor units, zero or above. */
export interface DiscountAmount {
  discount: string;
  amount: number;
}

const PERCENT_SCALE = 10_000;

/** When a discount that starts at `start` ends: null for `once` and `forever`, else after its months. */
export function discountEnd(coupon: CouponTerms, start: number): number | null {
  return coupon.duration === 'repeating' ? addMonths(start, coupon.duration_in_months ?? 1) : null;
}

/** What the coupon takes off in `currency`, or null when it is a percentage or says nothing for that currency. */
export function amountOffIn(coupon: CouponTerms, currency: string): number | null {
  if (coupon.amount_off === null) return null;
  if (coupon.currency === currency) return coupon.amount_off;
  return coupon.currency_options?.[currency]?.amount_off ?? null;
}

/** Whether the coupon can be used for charges in `currency`. */
export function fitsCurrency(coupon: CouponTerms, currency: string): boolean {
  return coupon.percent_off !== null || amountOffIn(coupon, currency) !== null;
}

function appliesTo(coupon: CouponTerms, product: string | null): boolean {
  const products = coupon.applies_to?.products;
  return products === undefined || products.length === 0 || (product !== null && products.includes(product));
}

function percentOf(amount: number, percent: number): number {
  return divideRounded(BigInt(amount) * BigInt(Math.round(percent * PERCENT_SCALE)), BigInt(100 * PERCENT_SCALE));
}

/** Shares `amountOff` (capped at the sum) over the amounts by their size; the last one takes the remainder. */
function share(amounts: number[], amountOff: number): number[] {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const off = Math.min(amountOff, sum);
  let left = off;
  let weight = sum;
  return amounts.map((amount) => {
    const part = weight === 0 ? 0 : divideRounded(BigInt(left) * BigInt(amount), BigInt(weight));
    left -= part;
    weight -= amount;
    return part;
  });
}

function applyOne(discount: DiscountInForce, net: number[], chosen: number[], currency: string): number[] {
  const amounts = chosen.map((index) => Math.max(net[index] ?? 0, 0));
  if (discount.coupon.percent_off !== null) {
    const percent = discount.coupon.percent_off;
    return amounts.map((amount) => percentOf(amount, percent));
  }
  return share(amounts, amountOffIn(discount.coupon, currency) ?? 0);
}

/**
 * What each discount takes off each line: first the lines' own, then `discounts` in their order, each on what the one
 * before left. A discount never makes a line negative.
 */
export function discountLines(
  lines: DiscountableLine[],
  discounts: DiscountInForce[],
  currency: string,
): DiscountAmount[][] {
  const net = lines.map((line) => line.amount);
  const result: DiscountAmount[][] = lines.map(() => []);
  const apply = (discount: DiscountInForce, chosen: number[]): void => {
    applyOne(discount, net, chosen, currency).forEach((amount, position) => {
      const index = chosen[position] ?? 0;
      net[index] = (net[index] ?? 0) - amount;
      result[index]?.push({ discount: discount.id, amount });
    });
  };
  lines.forEach((line, index) => {
    for (const discount of line.discountable ? (line.discounts ?? []) : []) apply(discount, [index]);
  });
  for (const discount of discounts) {
    const chosen = lines.flatMap((line, index) =>
      line.discountable && line.amount > 0 && appliesTo(discount.coupon, line.product) ? [index] : [],
    );
    apply(discount, chosen);
  }
  return result;
}
