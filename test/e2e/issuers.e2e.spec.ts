import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JWTPayload } from 'jose';
import { closeApp } from '../../src/http/server.js';
import { Issuer } from '../support/key-set.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
});
afterAll(() => test.close());

const now = () => Math.floor(Date.now() / 1000);
const seconds = () => ({ iat: now() - 5, exp: now() + 600 });

/** The statuses of a service that trusts the issuer. */
async function withService(
  issuer: Issuer,
  environment: Record<string, string>,
  use: (call: (path: string, token: string, method?: string) => Promise<number>) => Promise<void>,
): Promise<void> {
  const app = await startApp(configWith(test, { AUTH_JWT_SECRET: '', AUTH_JWKS_URL: issuer.url, ...environment }));
  try {
    const origin = await app.getUrl();
    await use(async (path, token, method = 'GET') => {
      const headers = { Authorization: `Bearer ${token}` };
      return (await fetch(`${origin}/api/v1/billing${path}`, { headers, method })).status;
    });
  } finally {
    await closeApp(app);
  }
}

const userOf = async (sub: string) =>
  (await test.dataSource.query<object[]>('select email, role from users where external_id = $1', [sub]))[0];

/** An issuer as its recipe in docs/authentication.md configures it, with tokens as it makes them. */
interface Recipe {
  alg: string;
  header?: object;
  environment: Record<string, string>;
  /** A token of an ordinary user. */
  user: JWTPayload & { sub: string };
  /** Changes that make it one of an administrator. */
  admin: JWTPayload;
  /** Tokens of the same issuer that are for something else. */
  foreign: JWTPayload[];
  email: string | null;
  /** What the recipe adds for organizations. */
  organization?: {
    environment: Record<string, string>;
    /** Claims of a login into an organization, of one of its administrators and of another member. */
    buyer: JWTPayload;
    member: JWTPayload;
    row: { external_id: string; name: string | null };
  };
}

const COGNITO = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E';
const KEYCLOAK = 'https://id.example.com/realms/shop';
const RECIPES: Record<string, Recipe> = {
  Auth0: {
    alg: 'RS256',
    header: { typ: 'at+jwt' },
    environment: {
      AUTH_ISSUER: 'https://shop.eu.auth0.com/',
      AUTH_AUDIENCE: 'https://billing.example.com',
      AUTH_EMAIL_CLAIM: 'https://billing.example.com/email',
      AUTH_ROLE_CLAIM: 'https://billing.example.com/roles',
    },
    user: {
      'https://billing.example.com/email': 'ada@example.com',
      'https://billing.example.com/roles': [],
      iss: 'https://shop.eu.auth0.com/',
      sub: 'auth0|65f1c2a9d1b2c3d4e5f60718',
      aud: ['https://billing.example.com', 'https://shop.eu.auth0.com/userinfo'],
      azp: 'kJ3vS0mWq8yRt2Lx',
      scope: 'openid profile email',
    },
    admin: { 'https://billing.example.com/roles': ['support', 'admin'] },
    foreign: [{ aud: 'https://shop.eu.auth0.com/userinfo' }, { iss: 'https://shop.eu.auth0.com' }],
    email: 'ada@example.com',
    organization: {
      environment: {
        AUTH_ORGANIZATION_CLAIM: 'org_id',
        AUTH_ORGANIZATION_NAME_CLAIM: 'org_name',
        AUTH_ORGANIZATION_ROLE_CLAIM: 'https://billing.example.com/organization_roles',
      },
      buyer: {
        org_id: 'org_9ybsU1dN2dKfDkBi',
        org_name: 'acme',
        'https://billing.example.com/organization_roles': ['support', 'admin'],
      },
      member: { org_id: 'org_9ybsU1dN2dKfDkBi', 'https://billing.example.com/organization_roles': ['support'] },
      row: { external_id: 'org_9ybsU1dN2dKfDkBi', name: 'acme' },
    },
  },
  Clerk: {
    alg: 'RS256',
    environment: {
      AUTH_ISSUER: 'https://clerk.shop.example.com',
      AUTH_CLIENT_ID: 'https://shop.example.com',
      AUTH_ROLE_CLAIM: 'metadata.role',
    },
    user: {
      azp: 'https://shop.example.com',
      email: 'grace@example.com',
      fva: [7, -1],
      iss: 'https://clerk.shop.example.com',
      jti: '10db7f531a90cb2faea4',
      metadata: {},
      nbf: 0,
      sid: 'sess_2fQ7a1',
      sts: 'active',
      sub: 'user_2fQ79zmZ5L5r3x2',
      v: 2,
    },
    admin: { metadata: { role: 'admin' } },
    foreign: [{ azp: 'https://other.example.com' }, { azp: undefined }, { iss: 'https://clerk.other.example.com' }],
    email: 'grace@example.com',
    organization: {
      environment: {
        AUTH_ORGANIZATION_CLAIM: 'o.id',
        AUTH_ORGANIZATION_NAME_CLAIM: 'o.slg',
        AUTH_ORGANIZATION_ROLE_CLAIM: 'o.rol',
      },
      buyer: { o: { id: 'org_2fR1xQ', rol: 'admin', slg: 'acme', per: 'manage', fpm: '3' } },
      member: { o: { id: 'org_2fR1xQ', rol: 'member', slg: 'acme' } },
      row: { external_id: 'org_2fR1xQ', name: 'acme' },
    },
  },
  'Cognito, access token': {
    alg: 'RS256',
    environment: {
      AUTH_ISSUER: COGNITO,
      AUTH_CLIENT_ID: '5example6client7id',
      AUTH_ROLE_CLAIM: 'cognito:groups',
      AUTH_ADMIN_ROLE: 'billing-admins',
    },
    user: {
      auth_time: 1700000000,
      client_id: '5example6client7id',
      event_id: '9f1c2a34-0000-4000-8000-000000000001',
      iss: COGNITO,
      jti: '9f1c2a34-0000-4000-8000-000000000002',
      origin_jti: '9f1c2a34-0000-4000-8000-000000000003',
      scope: 'openid email',
      sub: '9f1c2a34-0000-4000-8000-000000000004',
      token_use: 'access',
      username: 'hedy',
      version: 2,
    },
    admin: { 'cognito:groups': ['staff', 'billing-admins'] },
    foreign: [{ client_id: 'another7client' }, { client_id: undefined }, { iss: COGNITO.replace('Ab12', 'Xy98') }],
    email: null,
  },
  'Cognito, ID token': {
    alg: 'RS256',
    environment: {
      AUTH_ISSUER: COGNITO,
      AUTH_CLIENT_ID: '5example6client7id',
      AUTH_ROLE_CLAIM: 'cognito:groups',
      AUTH_ADMIN_ROLE: 'billing-admins',
    },
    user: {
      aud: '5example6client7id',
      auth_time: 1700000000,
      'cognito:username': 'hedy',
      email: 'hedy@example.com',
      email_verified: true,
      iss: COGNITO,
      sub: '9f1c2a34-0000-4000-8000-000000000005',
      token_use: 'id',
    },
    admin: { 'cognito:groups': ['billing-admins'] },
    foreign: [{ aud: 'another7client' }],
    email: 'hedy@example.com',
  },
  Keycloak: {
    alg: 'RS256',
    environment: {
      AUTH_ISSUER: KEYCLOAK,
      AUTH_AUDIENCE: 'billing',
      AUTH_ROLE_CLAIM: 'realm_access.roles',
      AUTH_ADMIN_ROLE: 'billing-admin',
    },
    user: {
      acr: '1',
      aud: ['billing', 'account'],
      azp: 'shop-web',
      email: 'joan@example.com',
      email_verified: true,
      family_name: 'Clarke',
      given_name: 'Joan',
      iss: KEYCLOAK,
      preferred_username: 'joan',
      realm_access: { roles: ['default-roles-shop', 'offline_access'] },
      resource_access: { account: { roles: ['manage-account'] } },
      scope: 'profile email',
      sub: 'b3a1c7d2-5e4f-4a6b-9c8d-0e1f2a3b4c5d',
      typ: 'Bearer',
    },
    admin: { realm_access: { roles: ['default-roles-shop', 'billing-admin'] } },
    foreign: [{ aud: 'account' }, { iss: 'https://id.example.com/realms/master' }],
    email: 'joan@example.com',
    organization: {
      environment: {
        AUTH_ORGANIZATION_CLAIM: 'organization',
        AUTH_ORGANIZATION_ROLE_CLAIM: 'resource_access.billing.roles',
      },
      buyer: { organization: ['acme-alias'], resource_access: { billing: { roles: ['billing'] } } },
      member: { organization: ['acme-alias'] },
      row: { external_id: 'acme-alias', name: null },
    },
  },
  Supabase: {
    alg: 'ES256',
    environment: {
      AUTH_ISSUER: 'https://abcdefghijklmnop.supabase.co/auth/v1',
      AUTH_AUDIENCE: 'authenticated',
      AUTH_ROLE_CLAIM: 'app_metadata.role',
    },
    user: {
      aal: 'aal1',
      amr: [{ method: 'password', timestamp: 1700000000 }],
      app_metadata: { provider: 'email', providers: ['email'] },
      aud: 'authenticated',
      email: 'mary@example.com',
      is_anonymous: false,
      iss: 'https://abcdefghijklmnop.supabase.co/auth/v1',
      phone: '',
      role: 'authenticated',
      session_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
      sub: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      user_metadata: { role: 'admin' },
    },
    admin: { app_metadata: { provider: 'email', role: 'admin' } },
    foreign: [{ aud: 'anon' }, { iss: 'https://ponmlkjihgfedcba.supabase.co/auth/v1' }],
    email: 'mary@example.com',
  },
};

describe('a token of', () => {
  it.each(Object.keys(RECIPES))(
    '%s lets its bearer in, by its role, and nobody in by one for something else',
    async (name) => {
      const recipe = RECIPES[name];
      if (recipe === undefined) throw new Error(name);
      const { alg, environment, user, admin, foreign, email } = recipe;
      const issuer = await Issuer.start();
      await issuer.addKey('retired', alg);
      await issuer.addKey('current', alg);
      const sign = (claims: JWTPayload) => issuer.sign('current', { ...user, ...seconds(), ...claims }, recipe.header);
      try {
        await withService(issuer, environment, async (call) => {
          expect(await call('/subscription', await sign({}))).toBe(200);
          expect(await userOf(user.sub)).toMatchObject({ email });
          expect(await call('/webhook-events', await sign({}))).toBe(403);
          expect(await call('/webhook-events', await sign(admin))).toBe(200);
          for (const claims of foreign)
            expect(await call('/subscription', await sign({ ...admin, ...claims }))).toBe(401);
          expect(await call('/subscription', await sign({ exp: now() - 60 }))).toBe(401);
        });
      } finally {
        await issuer.stop();
      }
    },
  );
});

describe('a token of an organization of', () => {
  it.each(Object.keys(RECIPES).filter((name) => RECIPES[name]?.organization !== undefined))(
    '%s acts for it: an administrator of it buys, and is none of the service; a member reads',
    async (name) => {
      const recipe = RECIPES[name];
      if (recipe?.organization === undefined) throw new Error(name);
      const { buyer, member, row, environment } = recipe.organization;
      const issuer = await Issuer.start();
      await issuer.addKey('current', recipe.alg);
      const sign = (claims: JWTPayload) =>
        issuer.sign('current', { ...recipe.user, ...seconds(), ...claims }, recipe.header);
      try {
        await withService(issuer, { ...recipe.environment, ...environment }, async (call) => {
          expect(await call('/subscription', await sign(buyer))).toBe(200);
          expect(await call('/webhook-events', await sign(buyer))).toBe(403);
          // Let through, an empty purchase is a bad request.
          expect(await call('/subscription', await sign(buyer), 'POST')).toBe(400);
          expect(await call('/subscription', await sign(member))).toBe(200);
          expect(await call('/subscription', await sign(member), 'POST')).toBe(403);
        });
        const known = 'select external_id, name from organizations where external_id = $1';
        expect(await test.dataSource.query(known, [row.external_id])).toEqual([row]);
      } finally {
        await issuer.stop();
      }
    },
  );
});

describe('a key set', () => {
  const claims = { sub: 'bearer', exp: now() + 600 };

  it('with a key of 1024 bit makes its tokens 401 and leaves those of other keys alone', async () => {
    const issuer = await Issuer.start();
    await issuer.addKey('good', 'RS256');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    issuer.keys.push({ ...publicKey.export({ format: 'jwk' }), kid: 'short', alg: 'RS256' });
    issuer.keys.push({ kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'broken', alg: 'RS256' });
    issuer.keys.push({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'no point', alg: 'ES256' });
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const by = (kid: string, alg = 'RS256') => {
      const content = `${encoded({ alg, kid })}.${encoded(claims)}`;
      return `${content}.${createSign('sha256').update(content).sign(privateKey).toString('base64url')}`;
    };
    try {
      await withService(issuer, {}, async (call) => {
        expect(await call('/subscription', by('short'))).toBe(401);
        expect(await call('/subscription', by('broken'))).toBe(401);
        expect(await call('/subscription', by('no point', 'ES256'))).toBe(401);
        expect(await call('/subscription', await issuer.sign('good', claims))).toBe(200);
      });
    } finally {
      await issuer.stop();
    }
  });

  it('over 1 MiB is not read: 503, and the rest is never fetched', async () => {
    const issuer = await Issuer.start();
    await issuer.addKey('good', 'ES256');
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let sent = 0;
    let closed = false;
    issuer.override = (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"keys":[');
      const pump = () => {
        while (!closed && sent < 400 * 1024 * 1024) {
          sent += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on('drain', pump).on('close', () => (closed = true));
      pump();
    };
    try {
      await withService(issuer, {}, async (call) => {
        expect(await call('/subscription', await issuer.sign('good', claims))).toBe(503);
        expect(sent).toBeLessThan(20 * 1024 * 1024);
        issuer.override = null;
        expect(await call('/subscription', await issuer.sign('good', claims))).toBe(200);
      });
    } finally {
      await issuer.stop();
    }
  });

  it.each<[string, number, string]>([
    ['no JSON', 200, '<html>'],
    ['JSON without keys', 200, '{"error":"maintenance"}'],
    ['a redirection', 302, ''],
    ['an error', 500, '{"keys":[]}'],
  ])('that is %s makes 503: the token may be good', async (_name, status, body) => {
    const issuer = await Issuer.start();
    await issuer.addKey('good', 'ES256');
    issuer.override = (response) => response.writeHead(status, { Location: issuer.url }).end(body);
    try {
      await withService(issuer, {}, async (call) => {
        expect(await call('/subscription', await issuer.sign('good', claims))).toBe(503);
      });
    } finally {
      await issuer.stop();
    }
  });
});
