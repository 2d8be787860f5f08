import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { QueryFailedError } from 'typeorm';
import { errorText } from './error-text.js';

describe('errorText', () => {
  it('says what went wrong and where', () => {
    expect(errorText(new TypeError('Cannot read properties of undefined'))).toMatch(
      /^TypeError: Cannot read properties of undefined\n\s+at .*error-text\.spec/,
    );
  });

  it('keeps the state and the constraint of a failed query, not its values', () => {
    const driverError = Object.assign(new Error('Key (email)=(ada@example.com) already exists'), {
      code: '23505',
      constraint: 'customers_email_key',
    });
    const text = errorText(new QueryFailedError('insert into customers values ($1)', ['ada@example.com'], driverError));
    expect(text).toContain('QueryFailedError 23505 (customers_email_key)');
    expect(text).not.toContain('ada');
  });

  it("keeps code, parameter and request id of Stripe's errors, not their text", () => {
    const error = new Stripe.errors.StripeInvalidRequestError({
      type: 'invalid_request_error',
      message: 'Invalid email address: ada@example.com',
      code: 'email_invalid',
      param: 'email',
      requestId: 'req_1',
      statusCode: 400,
    });
    const text = errorText(error);
    expect(text).toContain('StripeInvalidRequestError 400 email_invalid email req_1');
    expect(text).not.toContain('ada');
  });

  it('leaves out addresses and what a parser repeats of its input', () => {
    expect(errorText(new Error('no user <ada@example.com>'))).not.toContain('ada');
    let parser: unknown;
    try {
      JSON.parse('ada@example.com');
    } catch (error) {
      parser = error;
    }
    expect(errorText(parser)).not.toContain('ada');
    expect(errorText(new Error('outer', { cause: parser }))).toContain('Caused by: SyntaxError');
  });

  it('is never longer than 8000 characters', () => {
    expect(errorText(new Error('x'.repeat(20_000)))).toHaveLength(8000);
  });
});
