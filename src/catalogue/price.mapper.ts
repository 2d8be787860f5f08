import type Stripe from 'stripe';
import { Money } from '../common/money.js';
import { expanded, idOf } from '../stripe/values.js';
import { type Catalogue, type CataloguePrice, type Plan } from './catalogue.js';

/** Price of a plan for one period. */
export interface PlanPrice {
  /** `prod_…` of the price: coupons may be limited to products. */
  stripeProductId: string;
  /** Name of the product, where Stripe told it. */
  productName: string | null;
  productDescription: string | null;
  /** ISO 4217 code in lower case. */
  currency: string;
  amount: Money;
  /** What it costs in each currency that it is sold in. */
  amounts: ReadonlyMap<string, Money>;
  /** False once the price or its product is archived: Stripe sells it no more, and subscribers keep it. */
  isOnSale: boolean;
}

/** How often a price is paid. `interval`: Stripe's word. */
export interface BillingPeriod {
  interval: string;
  intervalCount: number;
}

/** Null for a price that is paid once. */
export function toBillingPeriod({ recurring }: Stripe.Price): BillingPeriod | null {
  return recurring === null ? null : { interval: recurring.interval, intervalCount: recurring.interval_count };
}

/**
 * What makes a price unfit to sell a plan, as the end of a sentence; null when nothing does. The plans' prices must be
 * whole amounts, known before the purchase and paid once a period.
 * @param currency that of the catalogue; null: any
 */
export function unfitness(
  price: Stripe.Price,
  { interval, intervalCount }: Pick<Plan, 'interval' | 'intervalCount'>,
  currency: string | null = null,
): string | null {
  if (price.recurring === null) return 'is not a recurring price';
  if (price.recurring.interval !== interval || price.recurring.interval_count !== intervalCount) {
    const wanted = intervalCount === 1 ? interval : `${intervalCount} ${interval}`;
    return `is paid every ${price.recurring.interval_count} ${price.recurring.interval}, not every ${wanted}`;
  }
  if (price.recurring.usage_type !== 'licensed') return 'is a metered price';
  if (price.unit_amount === null) return 'has no fixed amount in whole minor units';
  if (currency !== null && !amountsOf(price).has(currency)) return `is in ${price.currency}, not in ${currency}`;
  return null;
}

/** What keeps a price of the catalogue from being sold, as the end of a sentence; null when nothing does. */
export function problemOf(
  { sold, price }: { sold: CataloguePrice; price: Stripe.Price | null },
  { currency }: Pick<Catalogue, 'currency'>,
): string | null {
  if (price !== null) return unfitness(price, sold, currency);
  return sold.amounts === null ? 'is not known to Stripe' : 'is not known to Stripe; run `catalogue push`';
}

/** How a price differs from what the catalogue says of it, as the end of a sentence; null when it does not. */
export function differenceOf(price: Stripe.Price, { amounts }: Pick<CataloguePrice, 'amounts'>): string | null {
  const real = amountsOf(price);
  for (const [currency, amount] of amounts ?? []) {
    const found = real.get(currency);
    if (found === undefined) return `has no amount in ${currency}`;
    if (found.minorUnits !== amount.minorUnits)
      return `costs ${found.toDecimal()} ${currency}, not ${amount.toDecimal()} ${currency}`;
  }
  return null;
}

/** Stripe price → what a plan costs. */
export function toPlanPrice(price: Stripe.Price, currency: string = price.currency): PlanPrice {
  const amounts = amountsOf(price);
  const product = expanded<Stripe.Product | Stripe.DeletedProduct>(price.product);
  const isKnown = product !== null && product.deleted !== true;
  return {
    stripeProductId: idOf(price.product),
    productName: isKnown ? product.name : null,
    productDescription: isKnown ? product.description : null,
    currency,
    amount: amounts.get(currency) ?? Money.fromMinorUnits(0, currency),
    amounts,
    isOnSale: isOnSale(price),
  };
}

/** What a plan costs in a currency; null where it is not sold in that one. */
export function priceIn(price: PlanPrice, currency: string): PlanPrice | null {
  const amount = price.amounts.get(currency);
  return amount === undefined ? null : { ...price, currency, amount };
}

/** Whether Stripe sells the price: neither it nor its product, where that was expanded, is archived or deleted. */
export function isOnSale({ active, product }: Stripe.Price): boolean {
  const whole = expanded<Stripe.Product | Stripe.DeletedProduct>(product);
  return active && (whole === null || (whole.deleted !== true && whole.active));
}

/** The amounts of a price by currency: its own, and those of its `currency_options` where they were expanded. */
function amountsOf(price: Stripe.Price): Map<string, Money> {
  const amounts = new Map<string, Money>();
  if (price.unit_amount !== null) amounts.set(price.currency, Money.fromMinorUnits(price.unit_amount, price.currency));
  for (const [currency, { unit_amount: amount }] of Object.entries(price.currency_options ?? {}))
    if (amount !== null) amounts.set(currency, Money.fromMinorUnits(amount, currency));
  return amounts;
}
