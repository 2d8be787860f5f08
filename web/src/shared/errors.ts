import { BillingError } from 'stripe-billing-client';
import { type Texts } from '../texts/en.js';

/**
 * What went wrong and what to do about it, for a person.
 *
 * @param error text is for a person already
 */
export function describeError(error: unknown, { errors }: Texts): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof BillingError)) return error instanceof Error ? error.message : errors.unknown;
  const sentences = [sentence(error.message), advice(error, errors)];
  if (error.status >= 500 && error.requestId !== undefined) sentences.push(errors.request(error.requestId));
  return sentences.filter((text) => text !== '').join(' ');
}

function advice(error: BillingError, errors: Texts['errors']): string {
  switch (error.code) {
    case 'network_error':
      return errors.network_error;
    case 'timeout':
      return errors.timeout;
    case 'authentication_required':
      return errors.authentication_required;
    case 'user_inactive':
      return errors.user_inactive;
    case 'card_declined':
      return error.declineCode === 'insufficient_funds' ? errors.insufficient_funds : errors.card_declined;
    case 'email_required':
      return errors.email_required;
    case 'invalid_coupon':
      return errors.invalid_coupon;
    case 'rate_limited':
      return errors.rate_limited(Math.ceil(error.retryAfter ?? 60));
    default:
      if (error.status >= 500) return errors.tryLater;
      return error.status === 400 ? errors.tryAgain : '';
  }
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
