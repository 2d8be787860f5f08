import type Stripe from 'stripe';
import { Money } from '../common/money.js';
import { type BillingInterval } from '../config/app-config.js';
import { expanded, idOf } from '../stripe/values.js';

/** Price of a plan for one interval. */
export interface PlanPrice {
  /** `prod_…` of the price: coupons may be limited to products. */
  stripeProductId: string;
  /** ISO 4217 code in lower case. */
  currency: string;
  amount: Money;
  /** False once the price or its product is archived: Stripe sells it no more, and subscribers keep it. */
  isOnSale: boolean;
}

/**
 * What makes a price unfit to sell a plan, as the end of a sentence; null when nothing does. The plans' prices must be
 * whole amounts, known before the purchase and paid once an interval.
 */
export function unfitness(price: Stripe.Price, interval: BillingInterval): string | null {
  if (price.recurring === null) return 'is not a recurring price';
  if (price.recurring.interval !== interval || price.recurring.interval_count !== 1) {
    return `is paid every ${price.recurring.interval_count} ${price.recurring.interval}, not every ${interval}`;
  }
  if (price.recurring.usage_type !== 'licensed') return 'is a metered price';
  if (price.unit_amount === null) return 'has no fixed amount in whole minor units';
  return null;
}

/** Stripe price → what a plan costs. */
export function toPlanPrice(price: Stripe.Price): PlanPrice {
  return {
    stripeProductId: idOf(price.product),
    currency: price.currency,
    amount: Money.fromMinorUnits(price.unit_amount ?? 0, price.currency),
    isOnSale: isOnSale(price),
  };
}

/** Whether Stripe sells the price: neither it nor its product, where that was expanded, is archived or deleted. */
export function isOnSale({ active, product }: Stripe.Price): boolean {
  const whole = expanded<Stripe.Product | Stripe.DeletedProduct>(product);
  return active && (whole === null || (whole.deleted !== true && whole.active));
}
