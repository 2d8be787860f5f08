import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasSecret, parseIdempotencyKey, requestHash, withoutSecrets } from './idempotency-request.js';

describe('parseIdempotencyKey', () => {
  it.each(['k', 'order-42', '!~', 'x'.repeat(255)])('takes %j', (key) => {
    expect(parseIdempotencyKey(key)).toBe(key);
  });

  it.each(['', ' ', 'a b', 'é', 'a\tb', 'x'.repeat(256), ['a', 'b']])(
    'refuses %j, with the name of the header',
    (key) => {
      expect(() => parseIdempotencyKey(key)).toThrow(
        expect.objectContaining({ code: 'validation_failed', message: expect.stringContaining('Idempotency-Key') }),
      );
    },
  );
});

describe('requestHash', () => {
  it('is the same for two bodies that differ in the order of their members only, at any depth', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, nested]) => [name, reversed(nested)]),
      );
    };
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (body) => requestHash('POST', '/a', body) === requestHash('POST', '/a', reversed(body)),
      ),
    );
  });

  it('is another one for another method, address, value, type or order of a list', () => {
    const hashes = [
      requestHash('POST', '/subscription', { tier: 'starter', codes: [1, 2] }),
      requestHash('PATCH', '/subscription', { tier: 'starter', codes: [1, 2] }),
      requestHash('POST', '/checkout', { tier: 'starter', codes: [1, 2] }),
      requestHash('POST', '/subscription', { tier: 'enterprise', codes: [1, 2] }),
      requestHash('POST', '/subscription', { tier: 'starter', codes: [2, 1] }),
      requestHash('POST', '/subscription', { tier: 'starter', codes: ['1', '2'] }),
      requestHash('POST', '/subscription', { tier: 'starter' }),
      requestHash('POST', '/subscription', null),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('takes a request without a body for one with null', () => {
    expect(requestHash('POST', '/a', undefined)).toBe(requestHash('POST', '/a', null));
  });
});

describe('what is kept of an answer', () => {
  it('has null for each client secret, wherever it stands', () => {
    const body = { id: 1, client_secret: 'pi_1_secret', nested: [{ client_secret: 'seti_1_secret', at: new Date(0) }] };
    expect(withoutSecrets(body)).toEqual({
      id: 1,
      client_secret: null,
      nested: [{ client_secret: null, at: '1970-01-01T00:00:00.000Z' }],
    });
    expect(body.client_secret).toBe('pi_1_secret');
  });

  it('is null for an answer without a body', () => {
    expect([withoutSecrets(undefined), withoutSecrets(null)]).toEqual([null, null]);
  });

  it('tells whether there is a secret to fetch anew, also where it is null by now', () => {
    expect(hasSecret({ nested: [{ client_secret: null }] })).toBe(true);
    expect([{ id: 'client_secret' }, null, 'client_secret', []].map(hasSecret)).toEqual([false, false, false, false]);
  });
});
