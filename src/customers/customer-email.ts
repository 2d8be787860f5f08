import { type BillingError, validationFailed } from '../common/billing-error.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { type Customer } from './customer.entity.js';

/**
 * The e-mail of a customer that is still to be made; null when nobody gave one. What the caller gives comes first. A row
 * that was never at Stripe has what an earlier token said, so that the token of today is right; the row of a customer who
 * was deleted there has what Stripe knew.
 * @param given e-mail of the request's body
 */
export function emailOfNew(
  row: Pick<Customer, 'email' | 'stripeCustomerId'> | null,
  token: { email: string | null },
  given: string | undefined,
): string | null {
  const known = row === null || row.email === '' ? null : row.email;
  if (given !== undefined && given !== '') return given;
  return row?.stripeCustomerId == null ? (token.email ?? known) : (known ?? token.email);
}

/** 400 at the field `email` when Stripe refused a request for the e-mail; null for every other error. */
export function emailRefusal(error: unknown): BillingError | null {
  const failure = classifyStripeError(error);
  if (failure?.kind !== 'refused') return null;
  if (failure.param !== 'email' && failure.code !== 'email_invalid') return null;
  return validationFailed([
    { field: 'email', message: 'Stripe refuses this email address; give another one as email' },
  ]);
}
