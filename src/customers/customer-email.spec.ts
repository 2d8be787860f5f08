import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { emailOfNew, emailRefusal } from './customer-email.js';

const token = (email: string | null) => ({ email });
const row = (email: string, stripeCustomerId: string | null = null) => ({ email, stripeCustomerId });

describe('the e-mail of a new customer', () => {
  it('is the one that the caller gives, before any other', () => {
    for (const known of [null, row('old@example.com'), row('old@example.com', 'cus_1')])
      expect(emailOfNew(known, token('token@example.com'), 'given@example.com')).toBe('given@example.com');
  });

  it("is the token's while Stripe knows no customer, whatever an earlier token said", () => {
    expect(emailOfNew(null, token('token@example.com'), undefined)).toBe('token@example.com');
    expect(emailOfNew(row('old@example.com'), token('token@example.com'), '')).toBe('token@example.com');
    expect(emailOfNew(row('old@example.com'), token(null), undefined)).toBe('old@example.com');
  });

  it('is what Stripe knew of a customer who was deleted there, if it knew one', () => {
    expect(emailOfNew(row('old@example.com', 'cus_1'), token('token@example.com'), undefined)).toBe('old@example.com');
    expect(emailOfNew(row('', 'cus_1'), token('token@example.com'), undefined)).toBe('token@example.com');
  });

  it('is nothing where nobody has one', () => {
    for (const known of [null, row(''), row('', 'cus_1')]) expect(emailOfNew(known, token(null), undefined)).toBeNull();
  });
});

describe('what Stripe refuses', () => {
  const refused = (raw: object) =>
    new Stripe.errors.StripeInvalidRequestError({ type: 'invalid_request_error', ...raw });

  it('is the e-mail where it says so, by code or by parameter', () => {
    for (const raw of [{ code: 'email_invalid' }, { param: 'email' }])
      expect(emailRefusal(refused(raw))).toMatchObject({
        code: 'validation_failed',
        extras: { errors: [{ field: 'email' }] },
      });
  });

  it('is something else otherwise', () => {
    for (const error of [
      refused({ param: 'name' }),
      refused({ code: 'resource_missing', param: 'email' }),
      new Error('x'),
    ])
      expect(emailRefusal(error)).toBeNull();
  });
});
