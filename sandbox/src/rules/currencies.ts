/** Stripe's zero-decimal currencies: the minor unit is the currency itself. */
const ZERO_DECIMALS = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '));
/** Stripe's three-decimal currencies. */
const THREE_DECIMALS = new Set('bhd jod kwd omr tnd'.split(' '));

/** Stripe's documented minimum charges, in minor units. An invoice below it is carried over in the customer's balance. */
const MINIMUM_CHARGES: Readonly<Record<string, number>> = {
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
  usd: 50,
};

/** How many decimals the currency has. */
export function decimalsOf(currency: string): number {
  if (ZERO_DECIMALS.has(currency)) return 0;
  return THREE_DECIMALS.has(currency) ? 3 : 2;
}

/** The smallest amount that can be charged, in minor units; 1 where Stripe documents none. */
export function minimumCharge(currency: string): number {
  return MINIMUM_CHARGES[currency] ?? 1;
}

const formats = new Map<string, Intl.NumberFormat>();

/** An amount for people, e.g. `$29.00`. `minor` may be a decimal text, such as a price's `unit_amount_decimal`. */
export function formatAmount(minor: number | string, currency: string): string {
  const decimals = decimalsOf(currency);
  const format = formats.get(currency) ?? formatOf(currency, decimals);
  formats.set(currency, format);
  return format.format(Number(minor) / 10 ** decimals);
}

function formatOf(currency: string, decimals: number): Intl.NumberFormat {
  return new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals + 12,
  });
}
