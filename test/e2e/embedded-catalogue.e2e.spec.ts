import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { BASE_PATH } from '../../src/http/app.js';
import { type RunningServer, startServer } from '../../src/local-stack/service.js';
import { catalogueFile, ONE_PLAN } from '../support/catalogue-files.js';
import { eventually } from '../support/eventually.js';

const directory = mkdtempSync(path.join(tmpdir(), 'billing-catalogue-'));
let server: RunningServer;
const start = () =>
  startServer({
    PORT: '0',
    SANDBOX_PORT: '0',
    BILLING_DATA_DIR: directory,
    BILLING_CATALOGUE: catalogueFile(ONE_PLAN),
    LOG_LEVEL: 'silent',
  });

beforeAll(async () => {
  server = await start();
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function call(method: string, address: string, body?: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${server.origin}/${BASE_PATH}${address}`, {
    method,
    headers: { authorization: `Bearer ${server.demoToken ?? ''}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function productsAtStripe(): Promise<[string, number][]> {
  const { hostname, port } = new URL(server.sandboxUrl ?? '');
  const { stripeSecretKey } = JSON.parse(readFileSync(path.join(directory, 'embedded.json'), 'utf8')) as {
    stripeSecretKey: string;
  };
  const stripe = new Stripe(stripeSecretKey, { host: hostname, port, protocol: 'http', telemetry: false });
  const { data } = await stripe.products.list();
  return Promise.all(
    data.map(async ({ id }) => [id, (await stripe.prices.list({ product: id })).data.length] as [string, number]),
  );
}

describe('npm start with a catalogue of one plan at 9 EUR and a free one', () => {
  it('makes what it sells, sells it, and shows the invoice; the next start makes nothing anew', async () => {
    expect(await productsAtStripe()).toEqual([['billing_pro', 1]]);
    expect((await call('GET', '/plans')).body).toMatchObject([
      { tier: 'free', prices: [] },
      { tier: 'pro', prices: [{ amount: 9, currency: 'eur', interval: 'month' }] },
    ]);
    expect((await call('GET', '/entitlements/notes')).body).toMatchObject({ limit: 10, reason: 'default_plan' });
    const bought = await call('POST', '/subscription', { tier: 'pro', payment_method_id: 'pm_card_visa' });
    expect(bought).toMatchObject({ status: 201, body: { tier: 'pro', status: 'active', amount: 9, currency: 'eur' } });
    await eventually(async () => {
      const { body } = await call('GET', '/invoices');
      expect(body).toMatchObject([{ status: 'paid', amount_paid: 9, currency: 'eur' }]);
    });
    expect((await call('GET', '/entitlements/notes')).body).toMatchObject({ limit: null, reason: 'plan', plan: 'pro' });
    await server.stop();
    server = await start();
    expect(await productsAtStripe()).toEqual([['billing_pro', 1]]);
    expect((await call('GET', '/subscription')).body).toMatchObject({ tier: 'pro', status: 'active', amount: 9 });
  }, 60_000);
});
