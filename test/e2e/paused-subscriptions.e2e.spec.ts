import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { endSubscriptions } from '../support/ended-subscriptions.js';
import { settleUser } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;
/** Attaches, and is declined when it is charged. */
const DECLINED = 'pm_card_chargeCustomerFail';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
}, 60_000);
afterEach(() => endSubscriptions(app));
afterAll(() => app.close());

async function advance(caller: Caller, seconds: number): Promise<void> {
  await app.control('advance', { seconds });
  await settleUser(app, caller.sub);
}

/** A trial that an operator gave, and that ended without a card. */
async function paused(): Promise<{ caller: Caller; path: string; stripeId: string }> {
  const caller = await Caller.create(app);
  const { id: stripeId } = await app.stripe.subscriptions.create({
    customer: await caller.stripeCustomerId(),
    items: [{ price: app.prices.starter.month }],
    trial_period_days: 3,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
  });
  await advance(caller, 4 * DAY);
  const { body } = await caller.get('/subscription').expect(200);
  expect(body).toMatchObject({ status: 'paused' });
  return { caller, path: `/subscription/${String(body.id)}/resume`, stripeId };
}

async function paidCharges(caller: Caller): Promise<number[]> {
  const { data } = await app.stripe.charges.list({ customer: await caller.stripeCustomerId() });
  return data.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount);
}

async function statusesOf(caller: Caller): Promise<string[]> {
  await settleUser(app, caller.sub);
  const { body } = await caller.get('/invoices').expect(200);
  return (body as { status: string }[]).map(({ status }) => status);
}

describe('a subscription that is paused because its trial ended without a card', () => {
  it('goes on once a card is there and it is resumed, with a whole period from now on', async () => {
    const { caller, path } = await paused();
    await advance(caller, 5 * DAY);
    expect((await caller.post(path).expect(409)).body).toMatchObject({
      code: 'payment_method_required',
      detail: 'There is no card to charge; add a payment method, then resume the subscription',
    });
    await caller.addCard('pm_card_visa');
    const { body } = await caller.post(path).expect(200);
    expect(body).toMatchObject({ status: 'active', requires_action: false, client_secret: null });
    const period = Date.parse(body.current_period_end as string) - Date.parse(body.current_period_start as string);
    expect(period).toBeGreaterThanOrEqual(28 * DAY * 1000);
    expect(Date.parse(body.current_period_end as string)).toBeGreaterThan(Date.now() + 34 * DAY * 1000);
    expect(await paidCharges(caller)).toEqual([2_900]);
    expect((await caller.post(path).expect(409)).body).toMatchObject({ code: 'subscription_state' });
  });

  it('stays paused when the card is declined, owes nothing for that, and goes on with another card', async () => {
    const { caller, path } = await paused();
    await caller.addCard(DECLINED);
    expect((await caller.post(path).expect(402)).body).toMatchObject({
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'paused' });
    expect(await statusesOf(caller)).toEqual(['void', 'paid']);
    await advance(caller, DAY);
    await caller.addCard('pm_card_visa', true);
    expect((await caller.post(path).expect(200)).body).toMatchObject({ status: 'active' });
    expect(await paidCharges(caller)).toEqual([2_900]);
  });

  it.each([
    ['added and made the default', (caller: Caller) => caller.addCard('pm_card_visa', true)],
    [
      'given to the subscription',
      (caller: Caller, path: string) =>
        caller.patch(path.replace('/resume', ''), { payment_method_id: 'pm_card_visa' }).expect(200),
    ],
  ])('takes a new card that is %s, and lets the old one go, while it is paused', async (_how, give) => {
    const { caller, path, stripeId } = await paused();
    const old = await caller.addCard(DECLINED);
    // An operator had it pay this subscription alone.
    const { data } = await app.stripe.paymentMethods.list({ customer: await caller.stripeCustomerId() });
    await app.stripe.subscriptions.update(stripeId, { default_payment_method: data[0]?.id ?? '' });
    await settleUser(app, caller.sub);
    await give(caller, path);
    await caller.delete(`/payment-methods/${old.id}`).expect(204);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'paused' });
    expect((await caller.post(path).expect(200)).body).toMatchObject({ status: 'active' });
    expect(await paidCharges(caller)).toEqual([2_900]);
  });

  it('has its plan changed once it goes on', async () => {
    const { caller, path } = await paused();
    const { body } = await caller.patch(path.replace('/resume', ''), { tier: 'enterprise' }).expect(409);
    expect(body).toMatchObject({ code: 'subscription_state', detail: expect.stringContaining('Resume') });
  });

  it('waits for what the bank wants confirmed, once more after another try', async () => {
    const { caller, path } = await paused();
    await caller.addCard('pm_card_authenticationRequired');
    const first = await caller.post(path).expect(200);
    expect(first.body).toMatchObject({ status: 'paused', requires_action: true, payment_url: expect.any(String) });
    await advance(caller, 60);
    const { body } = await caller.post(path).expect(200);
    expect(body).toMatchObject({ status: 'paused', requires_action: true });
    expect(await statusesOf(caller)).toEqual(['open', 'void', 'paid']);
    const intent = String(body.client_secret).split('_secret_')[0];
    await app.control('three_d_secure', { intent, outcome: 'succeed' });
    await settleUser(app, caller.sub);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    expect(await paidCharges(caller)).toEqual([2_900]);
  });

  it('is charged once, however often it is sent and although the answer is lost', async () => {
    const { caller, path } = await paused();
    await caller.addCard('pm_card_visa');
    const fault = { kind: 'break_after', method: 'POST', path: '/v1/subscriptions/*/resume', times: 3 };
    await app.control('faults', fault);
    const send = () => caller.post(path).set('Idempotency-Key', `resume-${caller.sub}`);
    await send().expect(503);
    const { body } = await send().expect(200);
    expect(body).toMatchObject({ status: 'active' });
    expect((await send().expect(200)).body).toEqual(body);
    const other = await paused();
    await other.caller.addCard('pm_card_visa');
    await app.control('faults', fault);
    await other.caller.post(other.path).expect(503);
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
    expect((await other.caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    expect(await paidCharges(caller)).toEqual([2_900]);
    expect(await paidCharges(other.caller)).toEqual([2_900]);
  });
});

describe('a subscription that an operator paused in a period that was paid for', () => {
  it('goes on with what is left of it, and nothing is charged', async () => {
    const caller = await Caller.create(app);
    const { body } = await caller
      .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
      .expect(201);
    const { data } = await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() });
    await app.stripe.subscriptions.pause(data[0]?.id ?? '', { type: 'subscription' });
    await advance(caller, 5 * DAY);
    const resumed = await caller.post(`/subscription/${String(body.id)}/resume`).expect(200);
    expect(resumed.body).toMatchObject({ status: 'active', current_period_end: body.current_period_end });
    expect(await paidCharges(caller)).toEqual([2_900]);
  });
});

describe('DELETE /subscription/:id/scheduled-change', () => {
  it('drops the change of plan that waits, and is 404 when there is none', async () => {
    const caller = await Caller.create(app);
    const wish = { tier: 'professional', payment_method_id: 'pm_card_visa' };
    const { body } = await caller.post('/subscription', wish).expect(201);
    const path = `/subscription/${String(body.id)}`;
    const scheduled = await caller.patch(path, { tier: 'starter' }).expect(200);
    expect(scheduled.body.scheduled_change).toMatchObject({ tier: 'starter' });
    const dropped = await caller.delete(`${path}/scheduled-change`).expect(200);
    expect(dropped.body).toMatchObject({ tier: 'professional', status: 'active', scheduled_change: null });
    expect((await caller.delete(`${path}/scheduled-change`).expect(404)).body).toMatchObject({
      code: 'not_found',
      detail: 'No change of plan is scheduled',
    });
    await advance(caller, 32 * DAY);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'professional' });
  });
});
