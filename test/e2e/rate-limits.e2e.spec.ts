import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from '../support/cli.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf } from '../support/webhook-deliveries.js';

describe('O4: the rate limits', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp({
      environment: {
        RATE_LIMIT_PURCHASES_PER_USER: '3',
        RATE_LIMIT_PURCHASES_PER_ADDRESS: '7',
        RATE_LIMIT_READS_PER_USER: '5',
        RATE_LIMIT_PER_SERVICE_KEY: '12',
        TRUST_PROXY: 'loopback',
      },
    });
  });
  afterAll(() => test.close());

  /** A purchase that is refused for its tier: it counts, and changes nothing. */
  async function buy(sub: string, address: string, path = '/subscription') {
    return test.http
      .post(path)
      .set('Authorization', await test.bearer(sub))
      .set('X-Forwarded-For', address)
      .send({ tier: 'gold', payment_method_id: '?' });
  }
  async function read(sub: string, path: string) {
    return test.http.get(path).set('Authorization', await test.bearer(sub));
  }

  it('purchases and cards of a user are counted together, and answered 429 with the seconds to wait', async () => {
    const statuses = [
      (await buy('eager', '192.0.2.1')).status,
      (await buy('eager', '192.0.2.1', '/payment-methods')).status,
      (await buy('eager', '192.0.2.1')).status,
    ];
    expect(statuses).toEqual([400, 400, 400]);
    const refused = await buy('eager', '192.0.2.1', '/payment-methods');
    expect(refused.status).toBe(429);
    expect(refused.headers['content-type']).toMatch(/application\/problem\+json/);
    expect(refused.body).toMatchObject({ code: 'rate_limited', status: 429, title: 'Too Many Requests' });
    const seconds = String(refused.headers['retry-after']);
    expect(seconds).toMatch(/^\d+$/);
    expect(Number(seconds)).toBeGreaterThan(50);
    expect(Number(seconds)).toBeLessThanOrEqual(60);
  });

  it('a user beyond the limit of purchases can still read, and other users can still buy', async () => {
    expect((await buy('eager', '192.0.2.1')).status).toBe(429);
    expect((await read('eager', '/subscription')).status).toBe(200);
    expect((await buy('patient', '192.0.2.2')).status).toBe(400);
  });

  it('many users behind one address are limited together', async () => {
    const statuses: number[] = [];
    for (let user = 0; user < 4; user++)
      for (let attempt = 0; attempt < 2; attempt++) statuses.push((await buy(`tester-${user}`, '198.51.100.7')).status);
    expect(statuses).toEqual([...Array<number>(7).fill(400), 429]);
  });

  it('reads have a limit of their own', async () => {
    const statuses: number[] = [];
    for (const path of ['/subscription', '/invoices', '/customer', '/payment-methods', '/subscriptions', '/invoices'])
      statuses.push((await read('curious', path)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await buy('curious', '192.0.2.3')).status).toBe(400);
  });

  it('changes of an organization are counted together, reads for each of its members', async () => {
    const member = async (sub: string) => test.bearer(sub, { org_id: 'org_1', org_role: 'owner' });
    const statuses: number[] = [];
    for (const sub of ['bea', 'bob', 'bea', 'bob'])
      statuses.push(
        (
          await test.http
            .post('/subscription')
            .set('Authorization', await member(sub))
            .set('X-Forwarded-For', '192.0.2.9')
            .send({ tier: 'gold' })
        ).status,
      );
    expect(statuses).toEqual([400, 400, 400, 429]);
    for (let time = 0; time < 6; time++) await test.http.get('/subscription').set('Authorization', await member('bea'));
    await test.http
      .get('/subscription')
      .set('Authorization', await member('bob'))
      .expect(200);
  });

  it('a service key has one of its own instead of its address, and each payer that of purchases', async () => {
    const { json } = await cli(['keys', 'create', '--name', 'host', '--scope', 'act'], test.config);
    const call = (method: 'get' | 'post', payer: string) =>
      test.http[method]('/subscription')
        .set('Authorization', `Bearer ${String(json.key)}`)
        .set('X-Forwarded-For', '203.0.113.5')
        .set('On-Behalf-Of', `user:${payer}`)
        .send(method === 'post' ? { tier: 'gold' } : undefined);
    const statuses: number[] = [];
    for (const payer of ['a', 'a', 'a', 'a', 'b', 'b', 'c', 'c']) statuses.push((await call('post', payer)).status);
    expect(statuses).toEqual([400, 400, 400, 429, 400, 400, 400, 400]);
    for (let time = 0; time < 4; time++) expect((await call('get', 'b')).status).toBe(200);
    expect((await call('get', 'b')).body).toMatchObject({ code: 'rate_limited' });
  });

  it('the webhook and what needs no token have none', async () => {
    for (let time = 0; time < 10; time++) {
      await deliver(test, eventOf('something.new', { id: 'obj_1' })).expect(200);
      await test.http.get('/plans').expect(200);
      await test.root.get('/health/live').expect(200);
      await test.root.get('/health/ready').expect(200);
    }
  });
});
