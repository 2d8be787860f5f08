import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseOnBehalfOf } from './on-behalf-of.js';
import { isIdentifier } from './token-claims.js';

describe('On-Behalf-Of', () => {
  it('names every person and every organization that a token can name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        fc.pre(isIdentifier(id));
        expect(parseOnBehalfOf(`user:${encodeURIComponent(id)}`)).toEqual({ kind: 'user', externalId: id });
        expect(parseOnBehalfOf(`org:${encodeURIComponent(id)}`)).toEqual({ kind: 'organization', externalId: id });
      }),
    );
  });

  it.each([
    '',
    'ada',
    'user:',
    'org:',
    'USER:ada',
    'users:ada',
    'organization:1',
    ' user:ada',
    'user: ada',
    'user:ada ',
    'user:ada, user:bob',
    'user:a,b',
    'user:auth0|1',
    'user:a+b',
    'user:ä',
    'user:50%',
    'user:%zz',
    'user:%ff',
    'user:%00',
    'user:%20ada',
    'user%3Aada',
    `user:${'x'.repeat(256)}`,
  ])('is nothing but that: %j', (header) => {
    expect(() => parseOnBehalfOf(header)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        extras: { errors: [expect.objectContaining({ field: 'On-Behalf-Of' })] },
      }),
    );
  });
});
