import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeApp } from '../../src/http/server.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';

const LIMIT = 4;
const DECLINED = { tier: 'starter', payment_method_id: 'pm_card_chargeCustomerFail' };
const GOOD = { tier: 'starter', payment_method_id: 'pm_card_visa' };
const WRONG_CODE = { tier: 'starter', coupon_code: 'GUESSED' };

describe('failures that could be tries: declined cards and wrong codes', () => {
  let test: TestApp;
  /** A second instance on the same database. */
  let second: Awaited<ReturnType<typeof startApp>>;
  let origins: string[];
  beforeAll(async () => {
    test = await createTestApp({ environment: { RATE_LIMIT_FAILURES_PER_PAYER: String(LIMIT) } });
    second = await startApp(configWith(test, {}));
    origins = [test.url, `${await second.getUrl()}/api/v1/billing`];
  });
  afterAll(async () => {
    await closeApp(second);
    await test.close();
  });

  async function send(
    sub: string,
    method: string,
    path: string,
    body?: object,
    options: { at?: number; key?: string } = {},
  ) {
    return fetch(`${origins[options.at ?? 0]}${path}`, {
      method,
      headers: {
        Authorization: await test.bearer(sub),
        'Content-Type': 'application/json',
        ...(options.key === undefined ? {} : { 'Idempotency-Key': options.key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  /** A client tries again while another request of its user runs. */
  const statusOf = async (...parameters: Parameters<typeof send>): Promise<number> => {
    for (;;) {
      const { status } = await send(...parameters);
      if (status !== 409) return status;
      await wait(20);
    }
  };
  const failUntilLimit = async (sub: string) => {
    for (let time = 0; time < LIMIT; time++) expect(await statusOf(sub, 'POST', '/checkout', WRONG_CODE)).toBe(400);
  };

  it('are counted together for a payer, at all instances, and then answered 429 with the seconds to wait', async () => {
    const statuses = [
      await statusOf('tester', 'POST', '/subscription', DECLINED, { at: 0 }),
      await statusOf('tester', 'POST', '/subscription', { ...GOOD, coupon_code: 'GUESSED' }, { at: 1 }),
      await statusOf('tester', 'POST', '/payment-methods', { payment_method_id: 'pm_card_chargeDeclined' }, { at: 0 }),
      await statusOf('tester', 'POST', '/checkout', WRONG_CODE, { at: 1 }),
    ];
    expect(statuses).toEqual([402, 400, 402, 400]);
    for (const at of [0, 1]) {
      const refused = await send('tester', 'POST', '/subscription', GOOD, { at });
      expect(refused.status).toBe(429);
      expect(await refused.json()).toMatchObject({
        code: 'rate_limited',
        detail: expect.stringMatching(/^Too many declined/),
      });
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(3_500);
      expect(seconds).toBeLessThanOrEqual(3_600);
    }
  });

  it('refuse every route on which one can try, and no other', async () => {
    const bought = await send('refused', 'POST', '/subscription', GOOD);
    const { id } = (await bought.json()) as { id: number };
    await failUntilLimit('refused');
    for (const [method, path, body] of [
      ['POST', '/subscription', GOOD],
      ['POST', '/checkout', { tier: 'starter' }],
      ['PATCH', `/subscription/${id}`, { tier: 'professional' }],
      ['POST', '/payment-methods', { payment_method_id: 'pm_card_visa' }],
      ['POST', '/payment-methods/setup-intent', undefined],
    ] as const)
      expect([path, await statusOf('refused', method, path, body)]).toEqual([path, 429]);
    for (const path of ['/subscription', '/customer', '/payment-methods', '/invoices'])
      expect([path, await statusOf('refused', 'GET', path)]).toEqual([path, 200]);
    expect(await statusOf('refused', 'PATCH', '/customer', { city: 'London' })).toBe(200);
    expect(await statusOf('refused', 'POST', `/subscription/${id}/cancel`, {})).toBe(200);
    expect(await statusOf('somebody-else', 'POST', '/subscription', GOOD)).toBe(201);
  });

  it('are as few when many tries come at once', async () => {
    const tries = Array.from({ length: LIMIT * 5 }, (_, index) =>
      statusOf('hasty', 'POST', '/checkout', WRONG_CODE, { at: index % 2 }),
    );
    const statuses = await Promise.all(tries);
    expect(statuses.filter((status) => status === 400)).toHaveLength(LIMIT);
    expect(statuses.filter((status) => status === 429)).toHaveLength(LIMIT * 4);
  });

  it('are neither what goes well, nor another refusal, nor a repeated response', async () => {
    for (let time = 0; time < LIMIT * 2; time++) {
      expect(await statusOf('careful', 'POST', '/checkout', { tier: 'starter' })).toBe(200);
      expect(await statusOf('careful', 'POST', '/checkout', { tier: 'gold' })).toBe(400);
      expect(await statusOf('careful', 'POST', '/subscription', DECLINED, { key: 'one-try' })).toBe(402);
    }
    expect(await statusOf('careful', 'POST', '/subscription', GOOD)).toBe(201);
  });

  it('are none that are left over from many good requests at once', async () => {
    for (let round = 0; round < 10; round++) {
      const requests = Array.from({ length: LIMIT }, (_, at) =>
        statusOf('busy', 'POST', '/checkout', { tier: 'gold' }, { at: at % 2 }),
      );
      expect(await Promise.all(requests)).toEqual(Array(LIMIT).fill(400));
    }
  });

  it('are forgotten after an hour', async () => {
    await failUntilLimit('patient');
    expect(await statusOf('patient', 'POST', '/checkout', WRONG_CODE)).toBe(429);
    await test.dataSource.query(
      `update failure_counts set window_ends_at = now() where user_id = (select id from users where external_id = 'patient')`,
    );
    expect(await statusOf('patient', 'POST', '/checkout', WRONG_CODE)).toBe(400);
    expect(await statusOf('patient', 'POST', '/subscription', GOOD)).toBe(201);
  });
});
