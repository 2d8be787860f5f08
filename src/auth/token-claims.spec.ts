import { describe, expect, it } from '@jest/globals';
import { claimsOf } from './token-claims.js';

describe('what the service takes from a token', () => {
  it('is who its bearer is, by our names or by those of OpenID Connect', () => {
    const claims = {
      externalId: 'auth0|1',
      email: 'ada@example.com',
      username: 'ada',
      firstName: 'Ada',
      lastName: 'Lovelace',
      role: 'admin',
    };
    const common = { sub: 'auth0|1', email: 'ada@example.com', role: 'admin' };
    expect(claimsOf({ ...common, username: 'ada', first_name: 'Ada', last_name: 'Lovelace' })).toEqual(claims);
    const openId = { preferred_username: 'ada', given_name: 'Ada', family_name: 'Lovelace' };
    expect(claimsOf({ ...common, ...openId })).toEqual(claims);
  });

  it('is an ordinary user where no role is named, or none that the column takes', () => {
    for (const role of [undefined, '', 5, ['admin'], 'x'.repeat(51)])
      expect(claimsOf({ sub: '1', role }).role).toBe('user');
  });

  it('keeps the role as it is written: Admin is not admin', () => {
    expect(claimsOf({ sub: '1', role: 'Admin' }).role).toBe('Admin');
  });

  it('has nothing for a claim that is no text, empty, or too long for its column', () => {
    for (const email of [undefined, 5, '', '  ', 'x'.repeat(256)])
      expect(claimsOf({ sub: '1', email }).email).toBeNull();
  });

  it.each([undefined, '', ' ', 'x'.repeat(256), 'a\0b', 'a\ud800', 5])(
    'refuses a token whose subject is %j: two users could be one',
    (sub) => {
      expect(() => claimsOf({ sub: sub as string })).toThrow(
        expect.objectContaining({ code: 'authentication_required' }),
      );
    },
  );

  it('takes a subject, a role and an e-mail as long as their columns', () => {
    const [sub, role, email] = ['s'.repeat(255), 'r'.repeat(50), 'e'.repeat(255)];
    expect(claimsOf({ sub, role, email })).toMatchObject({ externalId: sub, role, email });
  });

  it('tells subjects apart by their case', () => {
    expect(claimsOf({ sub: 'Ada' }).externalId).not.toBe(claimsOf({ sub: 'ada' }).externalId);
  });
});
