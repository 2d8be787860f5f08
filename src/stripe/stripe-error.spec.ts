import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { BillingError } from '../common/billing-error.js';
import {
  cardDeclined,
  classifyStripeError,
  retryAfterOf,
  type StripeFailureKind,
  toBillingError,
} from './stripe-error.js';

type Raw = ConstructorParameters<typeof Stripe.errors.StripeError>[0];
const { errors } = Stripe;
const INVALID: Raw = { type: 'invalid_request_error', statusCode: 400 };
const API: Raw = { type: 'api_error' };

/** Each error of the stripe package, what it means, whether nothing was done for sure, and the answer to the caller. */
const TABLE: [string, Error, StripeFailureKind, boolean, string | null][] = [
  ['402', new errors.StripeCardError({ type: 'card_error', statusCode: 402 }), 'card_declined', true, 'card_declined'],
  [
    '404',
    new errors.StripeInvalidRequestError({ ...INVALID, code: 'resource_missing' }),
    'missing',
    true,
    'refused_by_stripe',
  ],
  ['400', new errors.StripeInvalidRequestError(INVALID), 'refused', true, 'refused_by_stripe'],
  [
    '401',
    new errors.StripeAuthenticationError({ type: 'authentication_error' }),
    'misconfigured',
    true,
    'stripe_unavailable',
  ],
  [
    '403',
    new errors.StripePermissionError({ ...INVALID, statusCode: 403 }),
    'misconfigured',
    true,
    'stripe_unavailable',
  ],
  [
    '429',
    new errors.StripeRateLimitError({ ...INVALID, statusCode: 429 }),
    'rate_limited',
    false,
    'stripe_unavailable',
  ],
  [
    '400 for a reused key',
    new errors.StripeIdempotencyError({ type: 'idempotency_error' }),
    'conflict',
    false,
    'conflict',
  ],
  ['409', new errors.StripeAPIError({ ...API, statusCode: 409 }), 'conflict', false, 'conflict'],
  ['500', new errors.StripeAPIError({ ...API, statusCode: 500 }), 'failed', false, 'stripe_failed'],
  ['503', new errors.StripeAPIError({ ...API, statusCode: 503 }), 'failed', false, 'stripe_failed'],
  ['no answer', new errors.StripeConnectionError(API), 'unavailable', false, 'stripe_unavailable'],
  ['418', new errors.StripeAPIError({ ...API, statusCode: 418 }), 'unknown', false, null],
  ['an answer that is no JSON', new errors.StripeAPIError(API), 'unknown', false, null],
];

describe('a failed call to Stripe', () => {
  it.each(TABLE)('with %s means what it must for the operation', (_name, error, kind, definite) => {
    expect(classifyStripeError(error)).toEqual({
      kind,
      definite,
      ...(kind === 'missing' ? { code: 'resource_missing' } : {}),
    });
  });

  it.each(TABLE)(
    'with %s is answered by its code, or is a logged 500 where only we can mend it',
    (_n, error, _k, _d, code) => {
      const answer = toBillingError(error);
      if (code === null) expect(answer).toBe(error);
      else expect(answer).toMatchObject({ code, cause: error });
    },
  );

  it('keeps code, decline code and parameter where Stripe sends them', () => {
    const raw = { type: 'card_error', code: 'card_declined', decline_code: 'lost_card', param: 'number' } as Raw;
    expect(classifyStripeError(new errors.StripeCardError(raw))).toMatchObject({
      code: 'card_declined',
      declineCode: 'lost_card',
      param: 'number',
    });
  });

  it.each([new TypeError('x'), new BillingError('conflict'), 'thrown', null])('is not what %p is', (error) => {
    expect(classifyStripeError(error)).toBeNull();
    expect(toBillingError(error)).toBe(error);
  });
});

describe('what the caller sees', () => {
  it("shows Stripe's text of a declined card, which is written for its holder, with the reason", () => {
    const message = 'Your card has insufficient funds.';
    const raw = { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds', message } as Raw;
    expect(toBillingError(new errors.StripeCardError(raw))).toMatchObject({
      status: 402,
      detail: message,
      extras: { decline_code: 'insufficient_funds' },
    });
  });

  it("shows no other text of Stripe's", () => {
    const refused = new errors.StripeInvalidRequestError({ ...INVALID, message: 'No such price: price_1' });
    expect((toBillingError(refused) as BillingError).detail).toBe('Stripe refused the request');
  });

  it('has the code for a reason where Stripe declines without one, as an expired card', () => {
    expect(cardDeclined({ code: 'expired_card' }).extras).toEqual({ decline_code: 'expired_card' });
    expect(cardDeclined({}).extras).toStrictEqual({});
  });

  it('is asked to wait as long as Stripe asks us to, else some seconds', () => {
    const limited = (headers: Record<string, string>) =>
      new errors.StripeRateLimitError({ ...INVALID, statusCode: 429, headers });
    expect(toBillingError(limited({ 'retry-after': '7' }))).toMatchObject({ extras: { retryAfterSeconds: 7 } });
    expect(toBillingError(limited({}))).toMatchObject({ extras: { retryAfterSeconds: 5 } });
    expect([retryAfterOf(limited({ 'retry-after': 'soon' })), retryAfterOf(new Error('x'))]).toEqual([null, null]);
    expect(retryAfterOf(limited({ 'retry-after': '0' }))).toBeNull();
  });
});
