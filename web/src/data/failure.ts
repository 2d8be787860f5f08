import { BillingError } from 'stripe-billing-client';

/** What could not be done. It is shown where it was tried, until something else is. */
export interface Failure {
  /** What was tried: the object of that very action. */
  owner: object;
  title: string;
  error: unknown;
  /** The field at which it is shown, where it is about one. */
  field: 'coupon' | 'email' | undefined;
}

/** The field that an error is about. */
export function fieldOf(error: unknown): Failure['field'] {
  if (!(error instanceof BillingError)) return undefined;
  if (error.code === 'invalid_coupon') return 'coupon';
  if (error.code === 'email_required' || error.errors.some(({ field }) => field === 'email')) return 'email';
  return undefined;
}
