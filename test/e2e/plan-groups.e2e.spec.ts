import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { catalogueFile, TWO_GROUPS } from '../support/catalogue-files.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(TWO_GROUPS) } });
});
afterAll(() => app.close());

const card = { payment_method_id: 'pm_card_visa' };
async function buy(caller: Caller, body: object, status = 201): Promise<{ id: number; detail: string }> {
  return (await caller.post('/subscription', { ...card, ...body }).expect(status)).body;
}

describe('a plan without a rank', () => {
  it('is an upgrade by what it costs a month, and a longer period of the same plan is one, too', async () => {
    const caller = await Caller.create(app);
    const { id } = await buy(caller, { tier: 'basic' });
    const path = `/subscription/${id}`;
    const up = await caller.patch(path, { tier: 'plus' }).expect(200);
    expect(up.body).toMatchObject({ tier: 'plus', interval: 'month', interval_count: 1, amount: 20 });
    const longer = await caller.patch(path, { interval_count: 3 }).expect(200);
    expect(longer.body).toMatchObject({ tier: 'plus', interval: 'month', interval_count: 3, amount: 55 });
    const down = await caller.patch(path, { tier: 'basic', interval: 'month' }).expect(200);
    expect(down.body).toMatchObject({ tier: 'plus', interval_count: 3, scheduled_change: { tier: 'basic' } });
    await app.control('advance', { seconds: 95 * 86_400 });
    await app.settle();
    expect((await caller.get('/subscription').expect(200)).body).toMatchObject({
      tier: 'basic',
      interval_count: 1,
      amount: 10,
      scheduled_change: null,
    });
  });
});

describe('plans of two groups', () => {
  it('are had beside each other, one of each', async () => {
    const caller = await Caller.create(app);
    const basic = await buy(caller, { tier: 'basic' });
    const hosting = await buy(caller, { tier: 'hosting' });
    await buy(caller, { tier: 'plus' }, 409);
    await buy(caller, { tier: 'hosting_pro' }, 409);
    await app.settle();
    const { body: current } = await caller.get('/subscription').expect(200);
    expect(current).toMatchObject({ id: basic.id, tier: 'basic', status: 'active' });
    const { body: other } = await caller.get('/subscription?group=hosting').expect(200);
    expect(other).toMatchObject({ id: hosting.id, tier: 'hosting', interval: 'week', status: 'active', amount: 5 });
    expect((await caller.get('/subscriptions').expect(200)).body).toHaveLength(2);
    await caller.get('/subscription?group=gold').expect(400);
  });

  it('do not change into one another', async () => {
    const caller = await Caller.create(app);
    const { id } = await buy(caller, { tier: 'basic' });
    const { body } = await caller.patch(`/subscription/${id}`, { tier: 'hosting' }).expect(400);
    expect(body.detail).toBe('Invalid tier: hosting. It is of another group: buy it beside this one');
  });

  it('are each cancelled alone, and what was bought in the other group is no duplicate', async () => {
    const caller = await Caller.create(app);
    const { id } = await buy(caller, { tier: 'basic' });
    const hosting = await buy(caller, { tier: 'hosting' });
    await caller.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    await app.settle();
    expect((await caller.get('/subscription').expect(200)).body).toBeNull();
    expect((await caller.get('/subscription?group=hosting').expect(200)).body).toMatchObject({ id: hosting.id });
    await buy(caller, { tier: 'plus', interval: 'year' });
    const rows = 'select count(*)::int as flagged from subscriptions where duplicate_of_id is not null';
    expect(await app.dataSource.query(rows)).toEqual([{ flagged: 0 }]);
  });

  it('leave the Checkout session of the other group open', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const { body: session } = await caller.post('/checkout', { tier: 'hosting_pro' }).expect(200);
    await buy(caller, { tier: 'basic' });
    expect((await app.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    await buy(caller, { tier: 'hosting' });
    expect((await app.stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
  });

  it('have each their own longest trial', async () => {
    const caller = await Caller.create(app);
    const { errors } = (await caller.post('/subscription', { tier: 'basic', ...card, trial_days: 30 }).expect(400))
      .body;
    expect(errors).toMatchObject([{ field: 'trial_days', message: 'trial_days must not be greater than 14' }]);
    expect(await buy(caller, { tier: 'hosting', trial_days: 30 })).toMatchObject({ status: 'trialing' });
  });
});
