import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { BillingError } from '../common/billing-error.js';
import { isDefinite, reasonOf } from './refusal.js';

const { StripeAPIError, StripeCardError, StripeConnectionError, StripeIdempotencyError, StripeInvalidRequestError } =
  Stripe.errors;

describe('isDefinite', () => {
  it('is true when Stripe said no: the operation is closed, and the next try is a new one', () => {
    expect(isDefinite(new StripeCardError({ type: 'card_error', code: 'card_declined' }))).toBe(true);
    expect(isDefinite(new StripeInvalidRequestError({ type: 'invalid_request_error' }))).toBe(true);
    expect(isDefinite(new BillingError('card_declined'))).toBe(true);
    expect(isDefinite(new BillingError('trial_already_used'))).toBe(true);
  });

  it('is false when it is not known what Stripe did: the operation stays open', () => {
    expect(isDefinite(new StripeConnectionError({ type: 'api_error' }))).toBe(false);
    expect(isDefinite(new StripeAPIError({ type: 'api_error', statusCode: 500 }))).toBe(false);
    expect(isDefinite(new StripeAPIError({ type: 'api_error', statusCode: 409 }))).toBe(false);
    expect(isDefinite(new StripeIdempotencyError({ type: 'idempotency_error' }))).toBe(false);
    expect(isDefinite(new BillingError('stripe_unavailable'))).toBe(false);
    expect(isDefinite(new BillingError('internal_error'))).toBe(false);
  });

  it('is false for an error of ours, which may have come after the call', () => {
    expect(isDefinite(new TypeError('x'))).toBe(false);
    expect(isDefinite('thrown')).toBe(false);
  });
});

describe('reasonOf', () => {
  it('is a short code that holds nothing of the request', () => {
    const refused = new StripeInvalidRequestError({
      type: 'invalid_request_error',
      message: 'No such price: price_1',
      code: 'resource_missing',
    });
    expect([new BillingError('card_declined', 'Your card …'), refused, new Error('x')].map(reasonOf)).toEqual([
      'card_declined',
      'missing',
      'unknown',
    ]);
  });
});
