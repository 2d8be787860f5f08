import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { closeApp } from '../../src/http/server.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';

const FRONTEND = 'https://app.example.com';
const BASE = '/api/v1/billing';

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp({ environment: { FRONTEND_URL: `${FRONTEND}/` } });
});
afterAll(() => test.close());

describe('O10: a browser', () => {
  const preflight = (origin: string, path = '/subscription') =>
    test.http.options(path).set({
      Origin: origin,
      'Access-Control-Request-Method': 'PATCH',
      'Access-Control-Request-Headers': 'authorization',
    });
  const listOf = (value: unknown) => String(value).split(/, ?/).sort();

  it('on the page of the frontend may call the API, with its token and keys', async () => {
    const { status, headers } = await preflight(FRONTEND);
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(FRONTEND);
    expect(listOf(headers['access-control-allow-methods'])).toEqual(['DELETE', 'GET', 'PATCH', 'POST', 'PUT']);
    expect(listOf(headers['access-control-allow-headers'])).toEqual(
      ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id'].sort(),
    );
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('may read the headers that the client needs, also of a refusal', async () => {
    for (const path of ['/plans', '/subscription']) {
      const { headers } = await test.http.get(path).set('Origin', FRONTEND);
      expect(headers['access-control-allow-origin']).toBe(FRONTEND);
      expect(listOf(headers['access-control-expose-headers'])).toEqual([
        'Link',
        'Retry-After',
        'X-Has-More',
        'X-Request-Id',
      ]);
    }
  });

  it.each(['https://evil.example.com', 'https://app.example.com.evil.com', 'http://app.example.com', 'null'])(
    'on another page may not: %s',
    async (origin) => {
      for (const { headers } of [await preflight(origin), await test.http.get('/plans').set('Origin', origin)])
        expect(headers['access-control-allow-origin']).not.toBe(origin);
    },
  );
});

describe('FRONTEND_URL', () => {
  it('may name its origin in another spelling, and a path: browsers send the origin only', async () => {
    const app = await startApp(configWith(test, { FRONTEND_URL: 'https://APP.example.com:443/school/' }));
    const answer = await fetch(`${await app.getUrl()}${BASE}/plans`, { headers: { Origin: FRONTEND } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(FRONTEND);
    await closeApp(app);
  });
});

describe('TRUST_PROXY', () => {
  it('that is no address stops the start with its name', async () => {
    await expect(startApp(configWith(test, { TRUST_PROXY: 'nonsense' }))).rejects.toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: expect.stringMatching(/^TRUST_PROXY: (?!.*nonsense)/),
      }),
    );
  });

  it.each(['true', 'false', '1', 'loopback, 10.0.0.0/8'])('may be as Express has it: %s', async (setting) => {
    await closeApp(await startApp(configWith(test, { TRUST_PROXY: setting })));
  });
});

describe('every answer', () => {
  it('carries the security headers and does not name the server', async () => {
    for (const path of [`${BASE}/plans`, `${BASE}/subscription`, `${BASE}/nothing`, '/health/live', '/docs-json']) {
      const { headers } = await test.root.get(path);
      expect([path, headers]).toEqual([
        path,
        expect.objectContaining({
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'SAMEORIGIN',
          'referrer-policy': 'no-referrer',
          'strict-transport-security': expect.stringContaining('max-age='),
        }),
      ]);
      expect(Object.keys(headers)).not.toContain('x-powered-by');
    }
  });

  it('H6, J8: about a user is kept by no cache', async () => {
    const caller = await Caller.create(test);
    for (const path of [
      '/subscription',
      '/subscriptions',
      '/invoices',
      '/payment-methods',
      '/customer',
      '/invoices/1',
    ]) {
      const { headers } = await caller.get(path);
      expect([path, headers['cache-control']]).toEqual([path, 'no-store']);
      expect(headers.etag).toBeUndefined();
    }
    expect((await caller.post('/subscription', { tier: 'gold' })).headers['cache-control']).toBe('no-store');
  });
});
