import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceKeys } from '../../src/auth/service-keys.service.js';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';
import { ConsumptionRetention } from '../../src/entitlements/consumption-retention.js';
import { Caller } from '../support/caller.js';
import { catalogueFile } from '../support/catalogue-files.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const SHOP: CatalogueInput = {
  currency: 'usd',
  features: {
    projects: { type: 'limit', name: 'projects' },
    sso: { type: 'flag' },
    calls: { type: 'metered', reset: 'period' },
  },
  plans: {
    free: { name: 'Free', default: true, features: { projects: 1 } },
    team: {
      name: 'Team',
      prices: [{ interval: 'month', amounts: { usd: 20 } }],
      features: { projects: 20, sso: true, calls: 1000 },
    },
  },
};

let app: TestApp;
const keys: Record<string, string> = {};
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(SHOP), GRACE_DAYS: '10' } });
  const issuer = app.app.get(ServiceKeys);
  await app.dataSource.transaction(async (manager) => {
    for (const scope of ['read', 'act', 'admin'] as const)
      keys[scope] = (await issuer.create(manager, { name: scope, scope, days: null })).secret;
  });
});
afterAll(() => app.close());

async function subscriber(card = 'pm_card_visa'): Promise<{ caller: Caller; id: number }> {
  const caller = await Caller.create(app);
  const { body } = await caller.post('/subscription', { tier: 'team', payment_method_id: card }).expect(201);
  await app.settle();
  return { caller, id: body.id };
}
const of = async (caller: Caller, feature: string) => (await caller.get(`/entitlements/${feature}`).expect(200)).body;
const asHost = (scope: string, method: 'put' | 'delete' | 'post', path: string, caller: Caller) =>
  app.http[method](path).set('Authorization', `Bearer ${keys[scope]}`).set('On-Behalf-Of', `user:${caller.sub}`);

describe('what a payer may use', () => {
  it('is what the default plan has, before anything is bought', async () => {
    const caller = await Caller.create(app);
    const { body } = await caller.get('/entitlements').expect(200);
    expect(body).toMatchObject([
      { feature: 'projects', allowed: true, reason: 'default_plan', limit: 1, remaining: 1, plan: 'free', until: null },
      { feature: 'sso', allowed: false, reason: 'none', plan: null },
      { feature: 'calls', allowed: false, reason: 'none' },
    ]);
    await caller.get('/entitlements/teleport').expect(404);
    await app.http.get('/entitlements').expect(401);
  });

  it('is what the plan has from the purchase on, until the period ends', async () => {
    const { caller } = await subscriber();
    const { body: subscription } = await caller.get('/subscription').expect(200);
    expect(await of(caller, 'sso')).toMatchObject({
      allowed: true,
      reason: 'plan',
      plan: 'team',
      until: subscription.current_period_end,
      source: 'service',
    });
    expect(await of(caller, 'projects')).toMatchObject({ limit: 20, remaining: 20 });
  });

  it('goes back to the default plan when it is cancelled', async () => {
    const { caller, id } = await subscriber();
    await caller.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    expect(await of(caller, 'projects')).toMatchObject({ allowed: true, reason: 'default_plan', limit: 1 });
    expect(await of(caller, 'sso')).toMatchObject({ allowed: false, reason: 'canceled' });
  });

  it('goes on for the days of grace when a payment fails, and ends then', async () => {
    const { caller } = await subscriber();
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await app.control('advance', { seconds: 32 * 86_400 });
    await app.settle();
    const late = await of(caller, 'sso');
    expect(late).toMatchObject({ allowed: true, reason: 'grace' });
    expect(late.until).toBe(late.grace_until);
    await app.control('advance', { seconds: 10 * 86_400 });
    await app.settle();
    expect(await of(caller, 'sso')).toMatchObject({ allowed: false });
  });
});

describe('what is used of a feature', () => {
  const use = (caller: Caller, amount: number, key: string) =>
    caller.post('/entitlements/calls/consume', { amount, key });

  it('is counted once for a key, and never past the limit', async () => {
    const { caller } = await subscriber();
    const first = await use(caller, 600, 'a').expect(200);
    expect(first.body).toMatchObject({ feature: 'calls', allowed: true, limit: 1000, used: 600, remaining: 400 });
    expect((await use(caller, 600, 'a').expect(200)).body).toEqual(first.body);
    expect((await use(caller, 601, 'a').expect(422)).body.code).toBe('usage_key_reused');
    expect((await use(caller, 600, 'b').expect(409)).body.code).toBe('limit_reached');
    expect(await of(caller, 'calls')).toMatchObject({ used: 600 });
    await use(caller, 400, 'b').expect(200);
    expect(await of(caller, 'calls')).toMatchObject({ allowed: false, reason: 'limit_reached', remaining: 0 });
  });

  it('is never more than the limit by a hundred at once', async () => {
    const { caller } = await subscriber();
    const tries = Array.from({ length: 100 }, (_, place) => use(caller, 30, `parallel-${place}`));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(33);
    expect(statuses.filter((status) => status === 409)).toHaveLength(67);
    expect(await of(caller, 'calls')).toMatchObject({ used: 990, remaining: 10 });
  });

  it('counts one key once, however often it is sent at the same time', async () => {
    const { caller } = await subscriber();
    const answers = await Promise.all(Array.from({ length: 10 }, () => use(caller, 100, 'same')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await of(caller, 'calls')).toMatchObject({ used: 100 });
  });

  it('is known by its key for thirty days; it stays counted after', async () => {
    const { caller } = await subscriber();
    await use(caller, 100, 'old').expect(200);
    const { dataSource } = app;
    await dataSource.query(`update feature_consumptions set created_at = now() - interval '29 days' where key = 'old'`);
    expect(await app.app.get(ConsumptionRetention).trimAll()).toBe(0);
    await dataSource.query(`update feature_consumptions set created_at = now() - interval '31 days' where key = 'old'`);
    expect(await app.app.get(ConsumptionRetention).trimAll()).toBe(1);
    expect(await of(caller, 'calls')).toMatchObject({ used: 100 });
  });

  it('counts anew in the next period', async () => {
    const { caller } = await subscriber();
    await use(caller, 1000, 'all').expect(200);
    await app.control('advance', { seconds: 32 * 86_400 });
    await app.settle();
    expect(await of(caller, 'calls')).toMatchObject({ allowed: true, used: 0, remaining: 1000 });
  });

  it('is nothing for a flag, and nothing that a payer may take back', async () => {
    const { caller } = await subscriber();
    await caller.post('/entitlements/sso/consume', { amount: 1, key: 'x' }).expect(400);
    await use(caller, -1, 'x').expect(400);
    await use(caller, 5, 'y').expect(200);
    await asHost('act', 'post', '/entitlements/calls/consume', caller).send({ amount: -3, key: 'z' }).expect(200);
    expect(await of(caller, 'calls')).toMatchObject({ used: 2 });
  });
});

describe("what the host's backend says", () => {
  it('is how much is in use, by a key that may act', async () => {
    const { caller } = await subscriber();
    const path = '/usage/projects';
    await caller.get('/entitlements/projects').expect(200);
    await app.http.put(path).set('Authorization', caller.authorization).send({ used: 3 }).expect(403);
    await asHost('read', 'put', path, caller).send({ used: 3 }).expect(403);
    const { body } = await asHost('act', 'put', path, caller).send({ used: 20 }).expect(200);
    expect(body).toMatchObject({ allowed: false, reason: 'limit_reached', used: 20 });
    await asHost('act', 'put', path, caller).send({ used: 3 }).expect(200);
    expect(await of(caller, 'projects')).toMatchObject({ used: 3, remaining: 17 });
  });

  it('is more than the plan has, or less, until a date, by an administrator', async () => {
    const { caller } = await subscriber();
    const path = '/entitlements/projects/override';
    await asHost('act', 'put', path, caller).send({ value: 50 }).expect(403);
    await asHost('admin', 'put', path, caller).send({ value: true }).expect(400);
    const { body } = await asHost('admin', 'put', path, caller)
      .send({ value: 50, until: '2100-01-01T00:00:00Z' })
      .expect(200);
    expect(body).toMatchObject({ reason: 'override', limit: 50, until: '2100-01-01T00:00:00.000Z' });
    await asHost('admin', 'put', '/entitlements/sso/override', caller).send({ value: false }).expect(200);
    expect(await of(caller, 'sso')).toMatchObject({ allowed: false, reason: 'override' });
    await asHost('admin', 'delete', path, caller).expect(200);
    expect(await of(caller, 'projects')).toMatchObject({ reason: 'plan', limit: 20 });
  });
});
