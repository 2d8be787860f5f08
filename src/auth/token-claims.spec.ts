import { describe, expect, it } from '@jest/globals';
import { type JWTPayload } from 'jose';
import { claimsOf, type ClaimNames, isForClient } from './token-claims.js';

const NAMES: ClaimNames = {
  email: 'email',
  role: 'role',
  adminRole: 'admin',
  organization: 'org_id',
  organizationName: 'org_name',
  organizationRole: 'org_role',
  buyerRoles: ['owner', 'org:admin'],
};
const read = (payload: JWTPayload, names: Partial<ClaimNames> = {}) => claimsOf(payload, { ...NAMES, ...names });
const MEGABYTE = 'x'.repeat(1024 * 1024);

describe('what the service takes from a token', () => {
  it('is who its bearer is, by our names or by those of OpenID Connect', () => {
    const claims = {
      externalId: 'auth0|1',
      email: 'ada@example.com',
      emailVerified: false,
      username: 'ada',
      firstName: 'Ada',
      lastName: 'Lovelace',
      role: 'admin',
      isAdmin: true,
      organization: null,
      issuedAt: null,
    };
    const common = { sub: 'auth0|1', email: 'ada@example.com', role: 'admin' };
    expect(read({ ...common, username: 'ada', first_name: 'Ada', last_name: 'Lovelace' })).toEqual(claims);
    const openId = { preferred_username: 'ada', given_name: 'Ada', family_name: 'Lovelace' };
    expect(read({ ...common, ...openId })).toEqual(claims);
  });

  it('has nothing for a claim that is no text, empty, too long for its column, or cannot be stored', () => {
    for (const email of [undefined, 5, '', '  ', 'x'.repeat(256), MEGABYTE, { a: 1 }, [], [{}], 'a\0b', 'a\ud800'])
      expect(read({ sub: '1', email }).email).toBeNull();
  });

  it('has names and e-mail without white space around them', () => {
    expect(read({ sub: '1', email: ' ada@example.com ', username: ' ada\n' })).toMatchObject({
      email: 'ada@example.com',
      username: 'ada',
    });
  });

  it.each([
    undefined,
    '',
    ' ',
    'x'.repeat(256),
    MEGABYTE,
    'a\0b',
    '\0a',
    'a\0',
    ' a',
    'a ',
    'a\t',
    '\ufeffa',
    'a\ud800',
    5,
  ])('refuses a token by its subject (%#): two users could be one', (sub) => {
    expect(() => read({ sub: sub as string })).toThrow(expect.objectContaining({ code: 'authentication_required' }));
  });

  it('takes a subject, a role and an e-mail as long as their columns', () => {
    const [sub, role, email] = ['s'.repeat(255), 'r'.repeat(50), 'e'.repeat(255)];
    expect(read({ sub, role, email })).toMatchObject({ externalId: sub, role, email });
  });

  it('tells subjects apart by their case and by what is inside', () => {
    expect(read({ sub: 'Ada' }).externalId).not.toBe(read({ sub: 'ada' }).externalId);
    expect(read({ sub: 'a  b' }).externalId).toBe('a  b');
  });
});

describe('the role of a token', () => {
  it('is that of an ordinary user where none is named, or none that the column takes', () => {
    for (const role of [undefined, '', 5, {}, [[]], 'x'.repeat(51), MEGABYTE, 'a\0'])
      expect(read({ sub: '1', role })).toMatchObject({ role: 'user', isAdmin: false });
  });

  it('is kept as it is written: Admin is not admin, and neither is admin with a space', () => {
    for (const role of ['Admin', ' admin', 'admin ', 'admin,user', 'admin user'])
      expect(read({ sub: '1', role })).toMatchObject({ role, isAdmin: false });
    expect(read({ sub: '1', role: 'admin\0' })).toMatchObject({ role: 'user', isAdmin: false });
  });

  it('is looked for in a list', () => {
    expect(read({ sub: '1', role: ['user', 'admin'] })).toMatchObject({ role: 'admin', isAdmin: true });
    expect(read({ sub: '1', role: [7, 'teacher', 'user'] })).toMatchObject({ role: 'teacher', isAdmin: false });
    expect(read({ sub: '1', role: [['admin']] })).toMatchObject({ isAdmin: false });
  });

  it('makes an administrator of the bearers of the configured role alone', () => {
    expect(read({ sub: '1', role: 'billing' }, { adminRole: 'billing' })).toMatchObject({
      role: 'billing',
      isAdmin: true,
    });
    expect(read({ sub: '1', role: 'admin' }, { adminRole: 'billing' }).isAdmin).toBe(false);
  });
});

describe('the organization of a token', () => {
  it('is what its claim names, alone or as a list of one; without it the token acts for its bearer', () => {
    for (const org_id of ['org_1', ['org_1']])
      expect(read({ sub: '1', org_id, org_name: ' Shop ', org_role: ['member', 'org:admin'] }).organization).toEqual({
        externalId: 'org_1',
        name: 'Shop',
        mayBuy: true,
      });
    for (const org_id of [undefined, null, '', []]) expect(read({ sub: '1', org_id }).organization).toBeNull();
    expect(read({ sub: '1', org_id: 'org_1' }, { organization: null }).organization).toBeNull();
  });

  it('lets nobody buy but the bearers of the configured roles, compared exactly', () => {
    for (const org_role of [undefined, 'Owner', ' owner', 'owner,org:admin', 'admin', ['member'], [['owner']], {}])
      expect(read({ sub: '1', org_id: 'org_1', org_role }).organization).toMatchObject({ mayBuy: false });
    const withoutClaim = read({ sub: '1', org_id: 'org_1', org_role: 'owner' }, { organizationRole: null });
    expect(withoutClaim.organization).toMatchObject({ mayBuy: false });
  });

  it('never makes an administrator of anybody', () => {
    expect(read({ sub: '1', org_id: 'org_1', org_role: 'admin' }, { buyerRoles: ['admin'] }).isAdmin).toBe(false);
  });

  it('that cannot be read refuses the token, which would act for the wrong payer', () => {
    for (const org_id of [5, {}, true, ' org_1', 'a\0b', 'x'.repeat(256), [{}]])
      expect(() => read({ sub: '1', org_id })).toThrow(expect.objectContaining({ code: 'authentication_required' }));
    expect(() => read({ sub: '1', org_id: ['org_1', 'org_2'] })).toThrow(
      expect.objectContaining({ code: 'organization_ambiguous' }),
    );
  });
});

describe('a claim', () => {
  it('is found by its exact name, dots and all, else by its path', () => {
    const name = 'https://billing.example.com/roles';
    expect(read({ sub: '1', [name]: ['admin'] }, { role: name }).isAdmin).toBe(true);
    expect(read({ sub: '1', realm_access: { roles: ['admin'] } }, { role: 'realm_access.roles' }).isAdmin).toBe(true);
    expect(
      read({ sub: '1', user: { emails: ['a@example.com', 'b@example.com'] } }, { email: 'user.emails' }).email,
    ).toBe('a@example.com');
  });

  it('is absent where its path leads nowhere, or to what every object has', () => {
    for (const payload of [{}, { a: null }, { a: 'text' }, { a: [] }, { a: { c: 'x' } }])
      for (const path of ['a.b', 'a.b.c', 'a.constructor.name', 'toString', '__proto__.x', 'a.length'])
        expect(read({ sub: '1', ...payload }, { email: path }).email).toBeNull();
  });
});

describe('an e-mail', () => {
  it('is verified only where the token says so of that e-mail', () => {
    const verified = (payload: JWTPayload, names?: Partial<ClaimNames>) =>
      read({ sub: '1', ...payload }, names).emailVerified;
    const email = 'ada@example.com';
    expect(verified({ email, email_verified: true })).toBe(true);
    for (const said of [undefined, false, 'true', 1]) expect(verified({ email, email_verified: said })).toBe(false);
    expect(verified({ email_verified: true })).toBe(false);
    expect(verified({ email, mail: 'eve@example.com', email_verified: true }, { email: 'mail' })).toBe(false);
  });
});

describe('a token is for a client', () => {
  it('that its client_id, azp or aud names', () => {
    for (const claims of [{ client_id: 'web' }, { azp: 'web' }, { aud: 'web' }, { aud: ['account', 'web'] }])
      expect(isForClient(claims, ['phone', 'web'])).toBe(true);
  });

  it('and for no other', () => {
    for (const claims of [
      {},
      { client_id: 'webb' },
      { azp: ['we', 'b'] },
      { aud: [] },
      { client_id: { web: 1 } },
    ] as JWTPayload[])
      expect(isForClient(claims, ['web'])).toBe(false);
  });
});
