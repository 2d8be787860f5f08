import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jwtVerify } from 'jose';
import { BillingClient, EntitlementCache, type EntitlementCacheOptions } from 'stripe-billing-client';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const SIGNING_KEY = Buffer.alloc(32, 'a key of the tests').toString('base64');
const DAY = 86_400_000;
const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };

describe('a signed snapshot', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ environment: { ENTITLEMENTS_SIGNING_KEY: SIGNING_KEY } });
  });
  afterAll(() => app.close());

  it('says what GET /entitlements says, of whom and when, by the key of GET /config', async () => {
    const user = await Caller.of(app, 'ada|1');
    await user.post('/subscription', CARD).expect(201);
    await app.settle();
    const { body } = await user.get('/entitlement-snapshot').expect(200);
    expect(body.entitlements).toEqual((await user.get('/entitlements').expect(200)).body);
    const config = await app.http.get('/config').expect(200);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: config.body.entitlements_public_key as string };
    const { payload, protectedHeader } = await jwtVerify(
      body.snapshot as string,
      createPublicKey({ key: jwk, format: 'jwk' }),
      {
        subject: 'user:ada|1',
      },
    );
    expect(protectedHeader.alg).toBe('EdDSA');
    expect(payload.entitlements).toEqual(body.entitlements);
    expect(Math.abs((payload.iat ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expect(Date.parse(String(payload.until))).toBe(((payload.iat ?? 0) + 30 * 86_400) * 1000 + extraMs(payload.until));
    await app.http.get('/entitlement-snapshot').expect(401);
  });
});

/** The issuing moment has milliseconds, its stamp has not. */
const extraMs = (until: unknown) => new Date(String(until)).getUTCMilliseconds();

describe('without a signing key', () => {
  it('there are answers and no snapshot', async () => {
    const app = await createTestApp();
    try {
      const { body } = await (await Caller.create(app)).get('/entitlement-snapshot').expect(200);
      expect(body).toMatchObject({ snapshot: null, entitlements: expect.any(Array) });
      expect((await app.http.get('/config').expect(200)).body.entitlements_public_key).toBeNull();
    } finally {
      await app.close();
    }
  });
});

describe('a client whose service is killed', () => {
  let servers: ServerProcesses;
  let token: string;
  let feature: string;
  const stored = new Map<string, string>();
  const store = {
    read: (payer: string) => stored.get(payer),
    write: (payer: string, snapshot: string) => void stored.set(payer, snapshot),
  };
  let now = 0;
  const cache = (options: Partial<EntitlementCacheOptions> = {}) =>
    new EntitlementCache({
      clientFor: (onBehalfOf) =>
        new BillingClient({ baseUrl: servers.toServers.url, token, onBehalfOf, maxRetries: 0, timeout: 2_000 }),
      now: () => new Date(now),
      ...options,
    });
  beforeAll(async () => {
    servers = await createServerProcesses({ environment: { ENTITLEMENTS_SIGNING_KEY: SIGNING_KEY } });
    await servers.start();
    token = String((await cli(['keys', 'create', '--name', 'host', '--scope', 'read'], servers.config)).json.key);
    now = Date.now();
  }, 60_000);
  afterAll(() => servers.close());

  it('answers from the snapshot until its end, then as the host chose; what is forged is refused', async () => {
    const ada = { user: 'ada' };
    const user = await Caller.of(servers, 'ada');
    await user.post('/subscription', CARD).expect(201);
    await servers.settle();
    const { body } = await user.get('/entitlements').expect(200);
    const { feature: had, until } = (body as { feature: string; allowed: boolean; until: string }[]).find(
      ({ allowed }) => allowed,
    ) ?? { feature: '', until: '' };
    feature = had;
    const living = cache({ store });
    expect(await living.get(feature, ada)).toMatchObject({ allowed: true, source: 'service' });
    await cache({ store }).get(feature, { user: 'eve' });
    const { entitlementsPublicKey: publicKey = '' } = await new BillingClient({
      baseUrl: servers.toServers.url,
      token: '',
    }).getConfig();

    await servers.killAll();
    now += 3_600_000;
    expect(await living.get(feature, ada)).toMatchObject({ allowed: true, reason: 'plan', source: 'snapshot' });
    now = Date.parse(until) - 1;
    expect(await living.get(feature, ada)).toMatchObject({ allowed: true, until, source: 'snapshot' });
    const restarted = () => cache({ store, publicKey });
    expect(await restarted().get(feature, ada)).toMatchObject({ allowed: true, source: 'snapshot' });
    now = Date.parse(until);
    expect(await living.get(feature, ada)).toMatchObject({ allowed: false, source: 'snapshot' });
    expect(await cache({ store, publicKey, otherwise: 'allow' }).get(feature, ada)).toMatchObject({ allowed: true });

    now = Date.parse(until) - DAY;
    const [own = '', others = ''] = ['user:ada', 'user:eve'].map((payer) => stored.get(payer));
    const [header = '', content = '', signature = ''] = own.split('.');
    const text = Buffer.from(content, 'base64url').toString();
    const longer = Buffer.from(text.replaceAll(until, '2099-01-01T00:00:00.000Z')).toString('base64url');
    for (const forged of [`${header}.${longer}.${signature}`, others, others.replace(/\..*\./, `.${content}.`)]) {
      stored.set('user:ada', forged);
      expect(await restarted().get(feature, ada)).toMatchObject({ allowed: false, source: 'snapshot' });
    }
    stored.set('user:ada', own);
    expect(await restarted().get(feature, ada)).toMatchObject({ allowed: true, source: 'snapshot' });

    await servers.start();
    now = Date.parse(until);
    await eventually(async () => {
      now += 10_000;
      expect(await living.get(feature, ada)).toMatchObject({ allowed: true, source: 'service' });
    });
  }, 60_000);
});
