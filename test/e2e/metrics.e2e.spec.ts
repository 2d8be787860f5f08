import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type AddressInfo } from 'node:net';
import { AppConfig } from '../../src/config/app-config.js';
import { environmentOf } from '../support/environment.js';
import { createTestApp, startApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf, newCustomer, reaches } from '../support/webhook-deliveries.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ enabledEvents: ['balance.available'], environment: { WEBHOOK_MAX_ATTEMPTS: '1' } });
}, 60_000);
afterAll(() => app.close());

/** The samples of the metrics by name and labels. */
async function samples(): Promise<Map<string, number>> {
  const { text } = await app.root
    .get('/metrics')
    .expect(200)
    .expect('Content-Type', /^text\/plain/);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('GET /metrics', () => {
  it('tells of inbox, Stripe calls, intents, repair and the process, and of no person', async () => {
    const customer = await newCustomer(app, 'measured');
    const broken = eventOf(
      'customer.updated',
      { ...customer, invoice_settings: undefined },
      // Later than the row, so that it is taken as it is.
      { created: Math.floor(Date.now() / 1000) + 3_600 },
    );
    await deliver(app, broken).expect(200);
    await reaches(app, broken.id, 'failed');
    await app.dataSource.query(
      `insert into webhook_events (event_id, type, payload, received_at, next_attempt_at)
       values ('evt_old', 'customer.updated', '', now() - interval '90 seconds', now() + interval '1 hour')`,
    );
    await app.dataSource.query(
      `insert into stripe_operations (key, customer_id, kind, request_hash, request, state, leased_until)
       select gen_random_uuid(), id, 'subscription.create', '', '{}', 'open', now() + interval '1 hour' from customers limit 1`,
    );
    await app.dataSource.query(
      `insert into repair_progress (name, result, finished_at) values ('reconcile', '{"drift": 3, "fixed": 2}', now())`,
    );
    const found = await samples();
    expect(found.get('billing_webhook_events{state="done"}')).toBeGreaterThanOrEqual(1);
    expect(found.get('billing_webhook_events{state="received"}')).toBe(1);
    expect(found.get('billing_webhook_events{state="failed"}')).toBe(1);
    expect(found.get('billing_webhook_dead_letters')).toBe(1);
    expect(found.get('billing_webhook_lag_seconds')).toBeGreaterThanOrEqual(90);
    expect(found.get('billing_open_intents{operation="subscription.create"}')).toBe(1);
    expect(found.get('billing_drift_found{run="reconcile"}')).toBe(3);
    expect(found.get('billing_drift_fixed{run="reconcile"}')).toBe(2);
    expect(found.get('billing_stripe_call_seconds_count{outcome="ok"}')).toBeGreaterThan(0);
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect([...found.keys()].join('\n')).not.toMatch(/measured|cus_|@/);
  });

  it('is not there for what a proxy passes on', async () => {
    for (const header of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP'])
      await app.root.get('/metrics').set(header, 'for=203.0.113.7').expect(404);
  });

  it('is not there in production without METRICS_TOKEN, since a proxy may add no header', async () => {
    const production = { NODE_ENV: 'production', FRONTEND_URL: 'https://app.example.com' };
    const second = await startApp(AppConfig.parse(environmentOf(app.config, production)));
    try {
      await request(await second.getUrl())
        .get('/metrics')
        .expect(404);
    } finally {
      await second.close();
    }
  }, 60_000);

  it('asks for METRICS_TOKEN where there is one', async () => {
    const token = 'a-token-of-the-metrics';
    const environment = environmentOf(app.config, { METRICS_TOKEN: token });
    const second = await startApp(AppConfig.parse(environment));
    try {
      const { port } = second.getHttpServer().address() as AddressInfo;
      const metrics = () => request(`http://127.0.0.1:${port}`).get('/metrics');
      await metrics().expect(401);
      await metrics().set('Authorization', 'Bearer another-token-of-it').expect(401);
      await metrics()
        .set('Authorization', await app.bearer('somebody'))
        .expect(401);
      await metrics().set('Authorization', `Bearer ${token}`).set('X-Forwarded-For', '203.0.113.7').expect(200);
    } finally {
      await second.close();
    }
  }, 60_000);
});
