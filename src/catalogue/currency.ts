import { BillingError } from '../common/billing-error.js';

/** The refusal of a currency in which nothing of what is asked for is sold. */
export function invalidCurrency(text: string, known: Iterable<string>): BillingError {
  return new BillingError('invalid_currency', `Invalid currency: ${text}. Choose one of: ${[...known].join(', ')}`);
}

/** The refusal of every currency but the one that a payer pays in: at Stripe a customer has one. */
export function currencyFixed(own: string): BillingError {
  return new BillingError('currency_fixed', `You pay in ${own} already; leave the currency out`);
}

/** The refusal of what is not sold in the currency that a payer pays in. */
export function notSoldIn(own: string, what: string): BillingError {
  return new BillingError(
    'currency_fixed',
    `You pay in ${own}, and ${what} is not sold in it; choose something else or ask support`,
  );
}

/**
 * The currency of a purchase: the one that is named, else the payer's own, else the catalogue's.
 * @param named as sent
 * @param own that the payer pays in; null while it may be chosen
 * @param sold what the plan is sold in; the first one is the catalogue's
 * @throws BillingError invalid_currency, currency_fixed
 */
export function chosenCurrency(
  named: string | null,
  own: string | null,
  sold: { currency: string; currencies: readonly string[]; plan: string },
): string {
  const wanted = named?.trim().toLowerCase() ?? own ?? sold.currency;
  if (own !== null && wanted !== own)
    throw sold.currencies.includes(wanted) ? currencyFixed(own) : invalidCurrency(named ?? wanted, sold.currencies);
  if (sold.currencies.includes(wanted)) return wanted;
  throw own === null ? invalidCurrency(named ?? wanted, sold.currencies) : notSoldIn(own, sold.plan);
}
