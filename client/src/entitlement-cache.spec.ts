import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { BillingClient } from './billing-client.js';
import { EntitlementCache, type EntitlementCacheOptions } from './entitlement-cache.js';

const ADA = { user: 'ada|1' };
const DAY = 86_400_000;
const START = Date.parse('2026-11-22T10:00:00Z');

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PUBLIC = String(publicKey.export({ format: 'jwk' }).x);
const at = (milliseconds: number) => new Date(milliseconds).toISOString();
const sso = (changes: object = {}) => ({
  feature: 'sso',
  allowed: true,
  reason: 'plan',
  until: at(START + 10 * DAY),
  used: 0,
  resets_at: null,
  source: 'service',
  ...changes,
});
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(
  entitlements: object[],
  { sub = 'user:ada|1', key = privateKey, alg = 'EdDSA' }: { sub?: string; key?: KeyObject; alg?: string } = {},
): string {
  const claims = { sub, iat: START / 1000, until: at(START + 30 * DAY), entitlements };
  const content = `${base64url({ alg })}.${base64url(claims)}`;
  return `${content}.${sign(null, Buffer.from(content), key).toString('base64url')}`;
}

let now: number;
let asked: string[];
/** What the service answers; a status is an error, 0 no answer. */
let service: { entitlements?: object[]; snapshot?: string | null; status?: number; key?: string | null };
beforeEach(() => {
  [now, asked] = [START, []];
  service = { entitlements: [sso()], snapshot: signed([sso()]), key: PUBLIC };
});

function cacheOf(options: Partial<EntitlementCacheOptions> = {}): EntitlementCache {
  const fetch = (url: unknown, init?: { headers?: unknown }): Promise<Response> => {
    const { 'On-Behalf-Of': payer = '' } = init?.headers as Record<string, string>;
    const path = String(url).split('/').at(-1) ?? '';
    asked.push(path === 'config' ? path : payer);
    const { status = 200, entitlements = [], snapshot = null, key = null } = service;
    if (status === 0) return Promise.reject(new TypeError('fetch failed'));
    if (status !== 200) return Promise.resolve(Response.json({ code: 'some_code' }, { status }));
    const body = path === 'config' ? { entitlements_public_key: key } : { entitlements, snapshot };
    return Promise.resolve(Response.json(body));
  };
  return new EntitlementCache({
    clientFor: (onBehalfOf) => new BillingClient({ token: 'bsk_1', onBehalfOf, fetch: fetch, maxRetries: 0 }),
    now: () => new Date(now),
    ...options,
  });
}
const pass = (seconds: number) => (now += seconds * 1000);
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
const questions = () => asked.filter((path) => path !== 'config').length;

describe('what is in memory', () => {
  it('is answered while it is fresh, then too while it is fetched anew, and fetched first once it is old', async () => {
    const cache = cacheOf();
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true, source: 'service' });
    expect(asked[0]).toBe('user:ada%7C1');
    pass(59);
    await cache.get('sso', ADA);
    expect(questions()).toBe(1);
    service.entitlements = [sso({ allowed: false, reason: 'canceled' })];
    pass(1);
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true });
    await settled();
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: false, reason: 'canceled' });
    service.entitlements = [sso()];
    pass(600);
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true });
    expect(questions()).toBe(3);
  });

  it('is dropped by an event about its payer, and fetched anew at once', async () => {
    const cache = cacheOf();
    await cache.get('sso', ADA);
    service.entitlements = [sso({ allowed: false })];
    cache.take({ type: 'invoice.paid', payer: 'user:ada|1' });
    cache.take({ type: 'entitlements.changed', payer: 'user:eve' });
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true });
    cache.take({ type: 'entitlements.changed', payer: 'user:ada|1' });
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: false, source: 'service' });
    expect(questions()).toBe(2);
  });

  it('is not taken for new where an event came while it was fetched', async () => {
    const cache = cacheOf();
    const first = cache.get('sso', ADA);
    while (questions() === 0) await Promise.resolve();
    cache.take({ type: 'entitlements.changed', payer: 'user:ada|1' });
    expect(await first).toMatchObject({ allowed: true, source: 'service' });
    await cache.get('sso', ADA);
    expect(questions()).toBe(2);
  });

  it('is asked for once by many at the same time, and kept for so many payers alone', async () => {
    const cache = cacheOf({ maxPayers: 2 });
    await Promise.all(Array.from({ length: 20 }, () => cache.get('sso', ADA)));
    expect(questions()).toBe(1);
    service.snapshot = null;
    for (const user of ['b', 'c', 'c', 'b']) await cache.get('sso', { user });
    expect(questions()).toBe(3);
    await cache.get('sso', ADA);
    expect(questions()).toBe(4);
  });

  it('has no answer for a feature that the catalogue does not have, nor for who may not ask', async () => {
    const cache = cacheOf();
    await expect(cache.get('teleport', ADA)).rejects.toMatchObject({ status: 404 });
    service.status = 403;
    await expect(cache.get('sso', { user: 'barred' })).rejects.toMatchObject({ status: 403 });
  });
});

describe('while the service is away', () => {
  it.each([0, 429, 500, 503])('(%d) the snapshot answers until the end of what it says', async (status) => {
    const cache = cacheOf();
    await cache.get('sso', ADA);
    service.status = status;
    pass(3600);
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true, reason: 'plan', source: 'snapshot' });
    now = START + 10 * DAY - 1;
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true, source: 'snapshot' });
    now = START + 10 * DAY;
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: false, reason: 'none', source: 'snapshot' });
    service.status = 200;
    pass(5);
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true, source: 'service' });
  });

  it('afterwards it is allowed where the host says so', async () => {
    const cache = cacheOf({ otherwise: 'allow' });
    service.status = 0;
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true, reason: 'none', source: 'snapshot' });
  });

  it('what has no end of its own holds as long as the snapshot, and what is used up until it counts anew', async () => {
    const used = sso({ feature: 'calls', allowed: false, reason: 'limit_reached', resets_at: at(START + 2 * DAY) });
    service = { entitlements: [], snapshot: signed([sso({ until: null }), used]), key: PUBLIC };
    const cache = cacheOf({ otherwise: 'allow', staleSeconds: 0 });
    await cache.get('x', ADA).catch(() => undefined);
    service.status = 0;
    now = START + 2 * DAY - 1;
    expect(await cache.get('calls', ADA)).toMatchObject({ allowed: false, reason: 'limit_reached' });
    now = START + 2 * DAY;
    expect(await cache.get('calls', ADA)).toMatchObject({ allowed: true, reason: 'none' });
    now = START + 30 * DAY - 1;
    expect(await cache.get('sso', ADA)).toMatchObject({ reason: 'plan' });
    now = START + 30 * DAY;
    expect(await cache.get('sso', ADA)).toMatchObject({ reason: 'none' });
  });

  it('what was fetched a moment ago answers where the service signs no snapshots', async () => {
    service.snapshot = null;
    const cache = cacheOf();
    await cache.get('sso', ADA);
    service.status = 0;
    pass(100);
    await cache.get('sso', ADA);
    await settled();
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: true, source: 'service' });
    pass(600);
    expect(await cache.get('sso', ADA)).toMatchObject({ allowed: false, reason: 'none' });
  });

  it('nobody waits for it longer than the patience, and it is not asked by each', async () => {
    const cache = cacheOf({ patience: 30 });
    await cache.get('sso', ADA);
    service.status = 0;
    pass(700);
    await cache.get('sso', ADA);
    for (let call = 0; call < 10; call += 1) await cache.get('sso', ADA);
    expect(questions()).toBe(2);
    pass(6);
    await cache.get('sso', ADA);
    expect(questions()).toBe(3);
  });
});

describe('a snapshot that was kept', () => {
  const kept = async (stored: string, options: Partial<EntitlementCacheOptions> = {}) => {
    service.status = 0;
    const store = { read: () => stored, write: () => undefined };
    return (await cacheOf({ publicKey: PUBLIC, store, ...options }).get('sso', ADA)).allowed;
  };

  it('answers after a start while the service is away', async () => {
    const written = new Map<string, string>();
    const store = {
      read: (payer: string) => written.get(payer),
      write: (payer: string, snapshot: string) => void written.set(payer, snapshot),
    };
    await cacheOf({ store }).get('sso', ADA);
    expect([...written.keys()]).toEqual(['user:ada|1']);
    expect(await kept(written.get('user:ada|1') ?? '')).toBe(true);
  });

  const other = generateKeyPairSync('ed25519').privateKey;
  const [header = '', content = '', signature = ''] = signed([sso({ allowed: false })]).split('.');
  const tampered = base64url({ sub: 'user:ada|1', until: at(START + DAY), entitlements: [sso()] });
  it.each([
    ['whose content was changed', `${header}.${tampered}.${signature}`],
    ['that another key signed', signed([sso()], { key: other })],
    ["that is another payer's", signed([sso()], { sub: 'user:eve' })],
    ["that is an organization's of the same id", signed([sso()], { sub: 'org:ada|1' })],
    ['that nobody signed', `${base64url({ alg: 'none' })}.${content}.`],
    ['of another algorithm', signed([sso()], { alg: 'HS256' })],
    ['with a part too many', `${signed([sso()])}.x`],
    ['that is none', 'x'],
    ['that is empty', ''],
  ])('%s is refused', async (_, snapshot) => {
    expect(await kept(snapshot)).toBe(false);
  });

  it('is refused without a key that is known from elsewhere', async () => {
    expect(await kept(signed([sso()]), { publicKey: undefined })).toBe(false);
  });

  it('is done without where the store fails', async () => {
    const store = { read: () => Promise.reject(new Error('away')), write: () => Promise.reject(new Error('full')) };
    expect(await cacheOf({ store }).get('sso', ADA)).toMatchObject({ allowed: true, source: 'service' });
  });

  it('is verified with the new key when the service has another one', async () => {
    const cache = cacheOf();
    await cache.get('sso', ADA);
    const next = generateKeyPairSync('ed25519');
    service.key = String(next.publicKey.export({ format: 'jwk' }).x);
    service.snapshot = signed([sso({ reason: 'trial' })], { key: next.privateKey });
    pass(700);
    await cache.get('sso', ADA);
    service.status = 0;
    pass(700);
    expect(await cache.get('sso', ADA)).toMatchObject({ reason: 'trial', source: 'snapshot' });
  });
});
