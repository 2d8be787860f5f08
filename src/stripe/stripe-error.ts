import Stripe from 'stripe';
import { BillingError } from '../common/billing-error.js';

/** What a failed Stripe call means for us. The list is closed: what is not listed is `unknown`. */
export type StripeFailureKind =
  | 'card_declined'
  | 'missing'
  | 'refused'
  | 'conflict'
  | 'rate_limited'
  | 'unavailable'
  | 'failed'
  | 'misconfigured'
  | 'unknown';

export interface StripeFailure {
  kind: StripeFailureKind;
  /** True when Stripe said no, so nothing was done; false when the outcome is not known. */
  definite: boolean;
  /** Stripe's error code, for example `resource_missing`. */
  code?: string;
  declineCode?: string;
  /** Parameter that Stripe complains of. */
  param?: string;
}

/** Sorts an error of the stripe package into the closed list; null when the error is none of Stripe's. */
export function classifyStripeError(error: unknown): StripeFailure | null {
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  const details = {
    ...(isGiven(error.code) ? { code: error.code } : {}),
    ...(isGiven(error.decline_code) ? { declineCode: error.decline_code } : {}),
    ...(isGiven(error.param) ? { param: error.param } : {}),
  };
  return { ...kindOf(error), ...details };
}

/** Seconds that Stripe asks to wait before the request is sent again; null when it does not say. */
export function retryAfterOf(error: unknown): number | null {
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  const seconds = Number(error.headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

/** The stripe package leaves out what Stripe did not send, or makes it an empty text. */
function isGiven(field: string | undefined): field is string {
  return field !== undefined && field !== '';
}

function kindOf(error: Stripe.errors.StripeError): { kind: StripeFailureKind; definite: boolean } {
  if (error instanceof Stripe.errors.StripeCardError) return { kind: 'card_declined', definite: true };
  if (error instanceof Stripe.errors.StripeIdempotencyError) return { kind: 'conflict', definite: false };
  if (error instanceof Stripe.errors.StripeRateLimitError) return { kind: 'rate_limited', definite: false };
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    return { kind: 'misconfigured', definite: true };
  }
  if (error instanceof Stripe.errors.StripeConnectionError) return { kind: 'unavailable', definite: false };
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    return { kind: error.code === 'resource_missing' ? 'missing' : 'refused', definite: true };
  }
  if (error.statusCode === 409) return { kind: 'conflict', definite: false };
  if (error.statusCode !== undefined && error.statusCode >= 500) return { kind: 'failed', definite: false };
  return { kind: 'unknown', definite: false };
}

/**
 * The response to the caller for a Stripe failure that no service explained better. Stripe's own text is shown only for
 * card errors, where it is written for the cardholder.
 */
export function toBillingError(error: unknown): unknown {
  const failure = classifyStripeError(error);
  if (failure === null) return error;
  switch (failure.kind) {
    case 'card_declined':
      return cardDeclined(failure, error instanceof Error ? error.message : undefined, error);
    case 'missing':
    case 'refused':
      if (isPrice(failure.param)) return new BillingError('plan_unavailable', undefined, {}, error);
      return new BillingError('refused_by_stripe', undefined, {}, error);
    case 'conflict':
      return new BillingError('conflict', undefined, { retryAfterSeconds: 2 }, error);
    case 'rate_limited':
      return new BillingError('stripe_unavailable', undefined, { retryAfterSeconds: retryAfterOf(error) ?? 5 }, error);
    case 'unavailable':
      return new BillingError('stripe_unavailable', undefined, { retryAfterSeconds: 5 }, error);
    case 'failed':
      return new BillingError('stripe_failed', undefined, { retryAfterSeconds: 5 }, error);
    case 'misconfigured':
      return new BillingError('stripe_unavailable', undefined, { retryAfterSeconds: 60 }, error);
    case 'unknown':
      return error;
  }
}

/** The prices are ours: one that Stripe refuses, since it was archived a moment ago, is no fault of the caller. */
function isPrice(param: string | undefined): boolean {
  return param !== undefined && /(^|\[)price\]?$/.test(param);
}

/** 402 with Stripe's text for the cardholder and its decline code. */
export function cardDeclined(
  failure: Pick<StripeFailure, 'code' | 'declineCode'>,
  message?: string,
  cause?: unknown,
): BillingError {
  const declineCode = failure.declineCode ?? failure.code;
  return new BillingError(
    'card_declined',
    message,
    declineCode === undefined ? {} : { decline_code: declineCode },
    cause,
  );
}
