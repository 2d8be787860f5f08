import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { BillingError, type ErrorCode, ERRORS, validationFailed } from './billing-error.js';

/** RFC 9110 has renamed two of Node's texts. */
const TITLES: Readonly<Record<number, string | undefined>> = { ...STATUS_CODES, 422: 'Unprocessable Content' };

describe('the table of errors', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])(
    'gives %s the title of its status, and a text without an end stop',
    (code) => {
      const { status, title, detail } = ERRORS[code];
      expect(title).toBe(TITLES[status]);
      expect(detail).toMatch(/^[A-Z].*[^.]$/);
    },
  );
});

describe('BillingError', () => {
  it('has status and text of its code', () => {
    expect(new BillingError('card_declined')).toMatchObject({
      status: 402,
      detail: 'Your card was declined',
      message: 'Your card was declined',
      extras: {},
    });
  });

  it('keeps what it came of for the log alone', () => {
    const cause = new Error('secret');
    const error = new BillingError('conflict', undefined, { retryAfterSeconds: 2 }, cause);
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});

describe('validationFailed', () => {
  it('says what is wrong with the first field in its text, and with each in its list', () => {
    const errors = [
      { field: 'tier', message: 'tier must be a string' },
      { field: 'interval', message: 'interval must be a string' },
    ];
    expect(validationFailed(errors)).toMatchObject({
      status: 400,
      detail: 'tier must be a string',
      extras: { errors },
    });
  });

  it('has the text of its code without a field', () => {
    expect(validationFailed([]).detail).toBe('The request has invalid fields');
  });
});
