import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, type GenerateKeyPairResult, type JWK, SignJWT } from 'jose';
import { closeApp } from '../../src/http/server.js';
import { configWith, createTestApp, JWT_SECRET, startApp, type TestApp } from '../support/test-app.js';

const ISSUER = 'https://issuer.example.com';
const AUDIENCE = 'billing';
const SECRET = Buffer.from(JWT_SECRET);
type Claims = Record<string, unknown>;

const now = () => Math.floor(Date.now() / 1000);
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const good = (sub = 'token-bearer'): Claims => ({ sub, iss: ISSUER, aud: AUDIENCE, exp: now() + 600 });
const signed = (claims: Claims, secret = SECRET, alg = 'HS256') =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(secret);

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp({ environment: { AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE } });
});
afterAll(() => test.close());

const users = async () =>
  (await test.dataSource.query<{ external_id: string; role: string }[]>('select * from users order by id')).map(
    (user) => user.external_id,
  );
const call = (authorization: string) => test.http.get('/subscription').set('Authorization', authorization);

describe('O1: a bearer token', () => {
  it('that is valid lets its bearer in, and makes a user of them', async () => {
    await call(`Bearer ${await signed(good('welcome'))}`).expect(200);
    expect(await users()).toContain('welcome');
  });

  it('may be called bearer in any case, and have its audience in a list', async () => {
    await call(`bearer ${await signed({ ...good(), aud: ['other', AUDIENCE] })}`).expect(200);
  });

  const wrong: [string, () => string | Promise<string>][] = [
    ['is the id of a user', () => 'Bearer 1'],
    ['is the sub of a user', () => 'Bearer welcome'],
    ['is missing', () => 'Bearer'],
    ['is of another scheme', async () => `Basic ${await signed(good())}`],
    ['is two tokens', async () => `Bearer ${await signed(good())} ${await signed(good())}`],
    ['is forged: another secret', async () => `Bearer ${await signed(good(), Buffer.from('x'.repeat(40)))}`],
    ['is forged: the claims of another token', async () => `Bearer ${forgedClaims(await signed(good()))}`],
    ['has no signature', async () => `Bearer ${(await signed(good())).replace(/[^.]+$/, '')}`],
    ['has alg none', () => `Bearer ${encoded({ alg: 'none' })}.${encoded(good())}.`],
    ['has alg none and a signature', async () => `Bearer ${withHeader(await signed(good()), { alg: 'none' })}`],
    ['has another algorithm', async () => `Bearer ${await signed(good(), SECRET, 'HS512')}`],
    [
      'demands an extension',
      async () => `Bearer ${withHeader(await signed(good()), { alg: 'HS256', crit: ['x'], x: 1 })}`,
    ],
    ['is expired', async () => `Bearer ${await signed({ ...good(), exp: now() - 10 })}`],
    ['is not valid yet', async () => `Bearer ${await signed({ ...good(), nbf: now() + 60 })}`],
    ['never expires', async () => `Bearer ${await signed({ ...good(), exp: undefined })}`],
    ['expires at a text', async () => `Bearer ${withClaims(await signed(good()), { ...good(), exp: 'never' })}`],
    ['is of another issuer', async () => `Bearer ${await signed({ ...good(), iss: 'https://evil.example.com' })}`],
    ['is of no issuer', async () => `Bearer ${await signed({ ...good(), iss: undefined })}`],
    ['is for another audience', async () => `Bearer ${await signed({ ...good(), aud: 'shop' })}`],
    ['is for no audience', async () => `Bearer ${await signed({ ...good(), aud: undefined })}`],
    ['has no sub', async () => `Bearer ${await signed({ ...good(), sub: undefined })}`],
    ['has an empty sub', async () => `Bearer ${await signed(good(' '))}`],
    ['has an endless sub', async () => `Bearer ${await signed(good('x'.repeat(256)))}`],
    ['has a number for its sub', async () => `Bearer ${await signed({ ...good(), sub: 7 })}`],
    ['has a list for its sub', async () => `Bearer ${await signed({ ...good(), sub: ['welcome'] })}`],
    ['has half a character in its sub', async () => `Bearer ${await signed(good('a\ud800'))}`],
    ['has NUL in its sub', async () => `Bearer ${await signed(good('a\0b'))}`],
    ['has a space before its sub', async () => `Bearer ${await signed(good(' welcome'))}`],
    ['has a space after its sub', async () => `Bearer ${await signed(good('welcome '))}`],
    ['has a line break after its sub', async () => `Bearer ${await signed(good('welcome\n'))}`],
    ['has a no-break space after its sub', async () => `Bearer ${await signed(good('welcome\u00a0'))}`],
    ['is no JSON', () => `Bearer ${Buffer.from('no').toString('base64url')}.${encoded(good())}.c2ln`],
    ['is very long', () => `Bearer ${'x'.repeat(8_000)}`],
  ];
  it.each(wrong)('that %s gets 401, and leaves no user', async (_name, authorization) => {
    const before = await users();
    const response = await call(await authorization()).expect(401);
    expect(response.body).toMatchObject({ code: 'authentication_required', status: 401 });
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(await users()).toEqual(before);
  });

  it('in the address is no token', async () => {
    await test.http.get(`/subscription?access_token=${await signed(good())}`).expect(401);
  });

  it('O3: of an inactive user gets 403, whatever it asks for', async () => {
    const authorization = `Bearer ${await signed(good('inactive'))}`;
    await call(authorization).expect(200);
    await test.dataSource.query(`update users set is_active = false where external_id = 'inactive'`);
    const response = await call(authorization).expect(403);
    expect(response.body).toMatchObject({ code: 'user_inactive', detail: 'This user is inactive' });
    await test.http
      .post('/subscription')
      .set('Authorization', authorization)
      .send({ tier: 'starter', payment_method_id: 'pm_card_visa' })
      .expect(403);
    expect((await test.stripe.customers.list()).data).toEqual([]);
  });

  it('makes the row of its user follow its claims', async () => {
    const claims = { ...good('grace'), email: 'grace@example.com', given_name: 'Grace', role: 'admin' };
    await call(`Bearer ${await signed(claims)}`).expect(200);
    await call(`Bearer ${await signed({ ...claims, family_name: 'Hopper', role: 'teacher' })}`).expect(200);
    const rows = await test.dataSource.query<{ created_at: Date; updated_at: Date }[]>(
      `select * from users where external_id = 'grace'`,
    );
    expect(rows).toMatchObject([
      { email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper', role: 'teacher', is_active: true },
    ]);
    for (const row of rows) expect(row.updated_at.getTime()).toBeGreaterThan(row.created_at.getTime());
  });

  it('C1: makes one user of many first requests at once', async () => {
    const authorization = `Bearer ${await signed(good('crowd'))}`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(authorization)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await users()).filter((sub) => sub === 'crowd')).toEqual(['crowd']);
  });

  it('with claims of wrong types counts them as absent', async () => {
    const odd = {
      ...good('odd'),
      email: 7,
      first_name: ['x'],
      last_name: 'x'.repeat(300),
      username: { a: 1 },
      role: null,
    };
    await call(`Bearer ${await signed(odd)}`).expect(200);
    const rows = await test.dataSource.query<object[]>(`select * from users where external_id = 'odd'`);
    expect(rows).toMatchObject([{ email: null, first_name: null, last_name: null, username: null, role: 'user' }]);
  });
});

describe('what a request may do', () => {
  const inbox = (token: string) => test.http.get('/webhook-events').set('Authorization', `Bearer ${token}`);

  it('is for nobody whose role only resembles admin', async () => {
    for (const role of [
      ' admin',
      'admin ',
      'admin\0',
      '\0admin',
      'admin\n',
      'Admin',
      'admin,user',
      { admin: true },
      true,
    ])
      await inbox(await signed({ ...good('resembling'), role })).expect(403);
    await inbox(await signed({ ...good('resembling'), role: 'admin' })).expect(200);
  });

  it('is what its own token says, while another token of the same subject says something else', async () => {
    const [admin, ordinary] = [
      await signed({ ...good('twofold'), role: 'admin', email: 'admin@example.com' }),
      await signed({ ...good('twofold'), role: 'user', email: 'user@example.com' }),
    ];
    for (let round = 0; round < 10; round++) {
      const tokens = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? admin : ordinary));
      const answers = await Promise.all(tokens.map((token) => inbox(token)));
      expect(answers.map(({ status }) => status)).toEqual(tokens.map((token) => (token === admin ? 200 : 403)));
    }
  });
});

describe('a role that no user can have', () => {
  it.each([51, 300])('of %s characters counts as none', async (length) => {
    const sub = `role of ${length}`;
    const claims = { ...good(sub), role: 'r'.repeat(length) };
    await call(`Bearer ${await signed(claims)}`).expect(200);
    const rows = await test.dataSource.query<object[]>('select role from users where external_id = $1', [sub]);
    expect(rows).toEqual([{ role: 'user' }]);
  });
});

describe('a token of an issuer with a key set', () => {
  let keys: Server;
  let origin: string;
  let close: () => Promise<void>;
  let pair: GenerateKeyPairResult;
  let published: JWK[];
  let broken = false;
  beforeAll(async () => {
    pair = await generateKeyPair('ES256', { extractable: true });
    published = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }];
    keys = createServer((_request, response) => {
      response.writeHead(broken ? 500 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ keys: published }));
    });
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys`;
    const app = await startApp(configWith(test, { AUTH_JWT_SECRET: '', AUTH_JWKS_URL: url }));
    origin = await app.getUrl();
    close = () => closeApp(app);
  });
  afterAll(async () => {
    await close();
    keys.closeAllConnections();
    await new Promise((resolve) => keys.close(resolve));
  });

  const statusOf = async (token: string, at = origin) =>
    (await fetch(`${at}/api/v1/billing/subscription`, { headers: { Authorization: `Bearer ${token}` } })).status;
  const byKey = (key: GenerateKeyPairResult, kid = 'one') =>
    new SignJWT(good()).setProtectedHeader({ alg: 'ES256', kid }).sign(key.privateKey);

  it('is valid when one of the keys has signed it', async () => {
    expect(await statusOf(await byKey(pair))).toBe(200);
  });

  it('gets 401 when the key is not in the set, or the claims are wrong', async () => {
    expect(await statusOf(await byKey(pair, 'two'))).toBe(401);
    expect(await statusOf(await byKey(await generateKeyPair('ES256')))).toBe(401);
    const foreign = new SignJWT({ ...good(), aud: 'shop' }).setProtectedHeader({ alg: 'ES256', kid: 'one' });
    expect(await statusOf(await foreign.sign(pair.privateKey))).toBe(401);
  });

  it('gets 401 when the public key was used as a shared secret', async () => {
    const pem = Buffer.from(await exportSPKI(pair.publicKey));
    const confused = new SignJWT(good()).setProtectedHeader({ alg: 'HS256', kid: 'one' });
    expect(await statusOf(await confused.sign(pem))).toBe(401);
    expect(await statusOf(await signed(good()))).toBe(401);
  });

  it.each(['answers 500', 'is away'])('gets 503 while the key set %s, for the token may be good', async (state) => {
    broken = state === 'answers 500';
    const url = broken ? `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys` : 'http://127.0.0.1:1/keys';
    const app = await startApp(configWith(test, { AUTH_JWT_SECRET: '', AUTH_JWKS_URL: url }));
    expect(await statusOf(await byKey(pair), await app.getUrl())).toBe(503);
    expect(await statusOf('nonsense', await app.getUrl())).toBe(401);
    await closeApp(app);
    broken = false;
  });
});

function withHeader(token: string, header: object): string {
  return [encoded(header), ...token.split('.').slice(1)].join('.');
}

function withClaims(token: string, claims: Claims): string {
  const [header = '', , signature = ''] = token.split('.');
  return [header, encoded(claims), signature].join('.');
}

function forgedClaims(token: string): string {
  return withClaims(token, { ...good('welcome'), role: 'admin' });
}
