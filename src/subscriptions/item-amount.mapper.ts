import type Stripe from 'stripe';
import { Money } from '../common/money.js';

/**
 * Why the amount of an item is not known before its invoice: it depends on tiers or on metered use, it is no whole number
 * of the currency's minor unit, Stripe gives no price in the currency that is billed, or Stripe's words are unknown here.
 */
export type AmountReason = 'tiered' | 'metered' | 'below_minor_unit' | 'other_currency' | 'unknown';

/** What an item costs an interval before discounts and tax, or why that cannot be told. */
export type ItemAmount = { amount: Money; reason: null } | { amount: null; reason: AmountReason };

type PricedItem = Pick<Stripe.SubscriptionItem, 'price' | 'quantity'>;

/** Most minor units that a money column holds with certainty. */
const MOST_MINOR_UNITS = 10n ** 17n;
const PLAIN_DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/** Price of one interval of an item in the currency that its subscription is billed in. */
export function amountOfItem({ price, quantity }: PricedItem, currency: string): ItemAmount {
  if (price.recurring?.usage_type === 'metered') return unknown('metered');
  const inCurrency = price.currency === currency ? price : price.currency_options?.[currency];
  if (inCurrency === undefined) return unknown('other_currency');
  if (price.billing_scheme === 'tiered') return unknown('tiered');
  const unit = PLAIN_DECIMAL.exec(String(inCurrency.unit_amount_decimal ?? inCurrency.unit_amount ?? ''));
  if (unit === null) return unknown('unknown');
  const fraction = unit[2] ?? '';
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(`${unit[1] ?? ''}${fraction}`) * unitsOf(price, quantity ?? 1);
  if (scaled % scale !== 0n) return unknown('below_minor_unit');
  const minorUnits = scaled / scale;
  if (minorUnits > MOST_MINOR_UNITS) return unknown('unknown');
  return { amount: Money.fromMinorUnits(minorUnits, currency), reason: null };
}

/** What two items cost together; unknown where one of them is. */
export function sumOf(one: ItemAmount, other: ItemAmount): ItemAmount {
  if (one.reason !== null) return one;
  if (other.reason !== null) return other;
  const { currency, minorUnits } = one.amount;
  return { amount: Money.fromMinorUnits(minorUnits + other.amount.minorUnits, currency), reason: null };
}

/** True when only Stripe can tell the amount: a snapshot has no price in another currency than the price's own. */
export function needsCurrencyOptions({ price }: PricedItem, currency: string): boolean {
  return price.currency !== currency && price.currency_options === undefined;
}

/** How many units are billed: a price may sell its quantity in packs. */
function unitsOf({ transform_quantity: packs }: Stripe.Price, quantity: number): bigint {
  if (packs === null || packs === undefined) return BigInt(quantity);
  const round = packs.round === 'up' ? Math.ceil : Math.floor;
  return BigInt(round(quantity / packs.divide_by));
}

function unknown(reason: AmountReason): ItemAmount {
  return { amount: null, reason };
}
