/** What a price costs for a quantity. Integer minor units throughout; halves of a unit are rounded away from zero. */

const DECIMAL_PLACES = 12;
const SCALE = 10n ** BigInt(DECIMAL_PLACES);

/** One tier of a tiered price; `up_to: null` is the last one. */
interface PriceTier {
  up_to: number | null;
  unit_amount_decimal: string | null;
  flat_amount_decimal: string | null;
}

/** The parts of a price that its amount depends on. */
export interface PricedBy {
  billing_scheme: string;
  unit_amount_decimal: string | null;
  tiers_mode: string | null;
  tiers?: PriceTier[];
  transform_quantity: { divide_by: number; round: string } | null;
}

/** `numerator / denominator` to the nearest whole number, halves away from zero. `denominator` must be above zero. */
export function divideRounded(numerator: bigint, denominator: bigint): number {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const quotient = (magnitude * 2n + denominator) / (denominator * 2n);
  return Number(numerator < 0n ? -quotient : quotient);
}

/** A decimal string such as `0.5` as an integer of 12 decimal places. */
function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const value = BigInt(whole || '0') * SCALE + BigInt(fraction.padEnd(DECIMAL_PLACES, '0').slice(0, DECIMAL_PLACES));
  return decimal.startsWith('-') ? -value : value;
}

function perTier(tiers: PriceTier[], quantity: number, graduated: boolean): bigint {
  let below = 0;
  let total = 0n;
  for (const tier of tiers) {
    const upTo = tier.up_to ?? Number.POSITIVE_INFINITY;
    const last = quantity <= upTo;
    if (graduated || last) {
      const units = graduated ? Math.min(quantity, upTo) - below : quantity;
      total += scaled(tier.unit_amount_decimal ?? '0') * BigInt(units) + scaled(tier.flat_amount_decimal ?? '0');
    }
    if (last) break;
    below = upTo;
  }
  return total;
}

/** The amount of `quantity` units of a price, in minor units of its currency. */
export function amountFor(price: PricedBy, quantity: number): number {
  const transform = price.transform_quantity;
  const units = transform
    ? (transform.round === 'up' ? Math.ceil : Math.floor)(quantity / transform.divide_by)
    : quantity;
  const total =
    price.billing_scheme === 'tiered'
      ? perTier(price.tiers ?? [], units, price.tiers_mode === 'graduated')
      : scaled(price.unit_amount_decimal ?? '0') * BigInt(units);
  return divideRounded(total, SCALE);
}
