import { BillingError } from '../common/billing-error.js';
import { classifyStripeError } from '../stripe/stripe-error.js';

/** True when nothing more can come of the request at Stripe: it said no, or it was never asked. */
export function isDefinite(error: unknown): boolean {
  if (error instanceof BillingError) return error.status < 500;
  return classifyStripeError(error)?.definite ?? false;
}

/** Why an operation failed, as a short code. */
export function reasonOf(error: unknown): string {
  if (error instanceof BillingError) return error.code;
  return classifyStripeError(error)?.kind ?? 'unknown';
}
