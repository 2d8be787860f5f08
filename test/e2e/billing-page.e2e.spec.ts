import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveBillingPage } from '../../src/http/billing-page.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const folder = mkdtempSync(path.join(tmpdir(), 'billing-page-'));
const PAGE = '<!doctype html><title>Billing</title>';
let app: TestApp;

beforeAll(async () => {
  app = await createTestApp({ extend: (server) => serveBillingPage(server, { folder }) });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

describe('before the page is built', () => {
  it('its address says so, and the API works', async () => {
    const { text } = await app.root
      .get('/billing')
      .expect(503)
      .expect('Content-Type', /text\/plain/);
    expect(text).toContain('npm run build:web');
    await app.http.get('/plans').expect(200);
  });
});

describe('the built page', () => {
  beforeAll(() => {
    mkdirSync(path.join(folder, 'assets'));
    writeFileSync(path.join(folder, 'index.html'), PAGE);
    writeFileSync(path.join(folder, 'assets', 'index-1a2b.js'), 'void 0;');
  });

  it.each(['/', '/billing', '/billing?session_id=cs_test_1'])(
    'is served at %s, looked up again each time',
    async (url) => {
      const response = await app.root
        .get(url)
        .expect(200)
        .expect('Content-Type', /text\/html/);
      expect(response.text).toBe(PAGE);
      expect(response.headers['cache-control']).toBe('no-cache');
    },
  );

  it('may load nothing from elsewhere but Stripe, and may not be framed', async () => {
    const { headers } = await app.root.get('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' https://js.stripe.com https://*.js.stripe.com;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });

  it('has files that caches may keep, since their names change with their content', async () => {
    const { headers } = await app.root.get('/assets/index-1a2b.js').expect(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each(['/api/v1/billing/none', '/api/v1/billing'])('leaves the 404 of the API a problem: %s', async (url) => {
    await app.root
      .get(url)
      .expect(404)
      .expect('Content-Type', /application\/problem\+json/);
  });

  it.each(['/billing/other', '/assets/none.js', '/index.html'])('stands in for nothing else: %s', async (url) => {
    const { text } = await app.root.get(url).expect(404);
    expect(text).not.toContain(PAGE);
  });

  it('answers nothing but reads', async () => {
    await app.root.post('/billing').send({}).expect(404);
  });

  it('leaves no folder above it open', async () => {
    await app.root.get('/assets/..%2findex.html').expect(404);
  });
});
