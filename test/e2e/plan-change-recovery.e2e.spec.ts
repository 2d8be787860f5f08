import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { type OperationRow, settledOperations } from '../support/operations.js';
import { withoutEvents } from '../support/lost-events.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** One attempt and its two repetitions. */
const EVERY_ATTEMPT = 3;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { INTENT_RECOVERY_AFTER_SECONDS: '3600' } });
});
afterAll(() => app.close());

/** Stripe does the work of a call, and the answer never arrives. */
async function loseAnswers(path: string, kind = 'break_after'): Promise<void> {
  await app.control('faults', { kind, method: 'POST', path, times: EVERY_ATTEMPT });
}

async function subscriptionsOf(caller: Caller): Promise<Stripe.Subscription[]> {
  const customer = await caller.stripeCustomerId();
  return (await app.stripe.subscriptions.list({ customer, status: 'all' })).data;
}

/** Has the open operations recovered at once; answers the changes of plan, all closed. */
async function recovered(caller: Caller): Promise<OperationRow[]> {
  await app.app.get(OperationRecovery, { strict: false }).recoverAll();
  return settledOperations(app, caller.sub, 'subscription.change_plan');
}

describe('a change of plan whose answer was lost', () => {
  async function subscribed(): Promise<{ caller: Caller; id: number }> {
    const caller = await Caller.create(app);
    const { body } = await caller
      .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
      .expect(201);
    return { caller, id: body.id as number };
  }

  it('is settled as done when Stripe has the new plan, charged once', async () => {
    const { caller, id } = await subscribed();
    await app.settle();
    await withoutEvents(app, async () => {
      await loseAnswers('/v1/subscriptions/*');
      await caller.patch(`/subscription/${id}`, { tier: 'enterprise' }).expect(503);
      expect(await recovered(caller)).toMatchObject([{ state: 'done' }]);
    });
    expect((await caller.get('/subscription')).body).toMatchObject({ id, tier: 'enterprise' });
    const [subscription] = await subscriptionsOf(caller);
    const { data } = await app.stripe.invoices.list({ subscription: subscription?.id });
    expect(data.map(({ status }) => status)).toEqual(['paid', 'paid']);
  });

  it.each([
    ['of another try', undefined],
    ['under its Idempotency-Key', 'again'],
  ])('is answered to the same request %s, and charged once', async (_name, key) => {
    const { caller, id } = await subscribed();
    const upgrade = () => {
      const request = caller.patch(`/subscription/${id}`, { tier: 'enterprise' });
      return key === undefined ? request : request.set('Idempotency-Key', `${key}-${caller.sub}`);
    };
    const [{ id: stripeId = '' } = {}] = await subscriptionsOf(caller);
    await app.settle();
    await loseAnswers(`/v1/subscriptions/${stripeId}`);
    await upgrade().expect(503);
    await app.settle();
    const again = await upgrade();
    expect([again.status, again.body]).toMatchObject([200, { id, tier: 'enterprise', requires_action: false }]);
    expect(await settledOperations(app, caller.sub, 'subscription.change_plan')).toMatchObject([{ state: 'done' }]);
    const { data } = await app.stripe.invoices.list({ subscription: stripeId });
    expect(data.map(({ status }) => status)).toEqual(['paid', 'paid']);
  });

  it('that waits for 3-D Secure is answered to the same request with what is to be done', async () => {
    const { caller, id } = await subscribed();
    const upgrade = () => caller.patch(`/subscription/${id}`, { tier: 'enterprise' });
    const [{ id: stripeId = '' } = {}] = await subscriptionsOf(caller);
    await caller.addCard('pm_card_authenticationRequired', true);
    await app.settle();
    await loseAnswers(`/v1/subscriptions/${stripeId}`);
    await upgrade().expect(503);
    await app.settle();
    const again = await upgrade();
    expect([again.status, again.body]).toMatchObject([
      200,
      { id, tier: 'starter', requires_action: true, client_secret: expect.any(String) },
    ]);
    expect(await settledOperations(app, caller.sub, 'subscription.change_plan')).toMatchObject([{ state: 'done' }]);
  });

  it('is declined to the same request as it was to the first: the old plan stands', async () => {
    const { caller, id } = await subscribed();
    const upgrade = () => caller.patch(`/subscription/${id}`, { tier: 'enterprise' });
    const [{ id: stripeId = '' } = {}] = await subscriptionsOf(caller);
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await app.settle();
    await loseAnswers(`/v1/subscriptions/${stripeId}`);
    await upgrade().expect(503);
    await app.settle();
    const again = await upgrade();
    expect([again.status, again.body.code]).toEqual([402, 'card_declined']);
    await settledOperations(app, caller.sub, 'subscription.change_plan');
    expect((await caller.get('/subscription')).body).toMatchObject({ id, tier: 'starter' });
    const { data } = await app.stripe.invoices.list({ subscription: stripeId });
    expect(data.map(({ status }) => status)).toEqual(['void', 'paid']);
  });

  it('is settled as expired when Stripe has the old one, which stands with its scheduled change', async () => {
    const { caller, id } = await subscribed();
    await caller.patch(`/subscription/${id}`, { interval: 'year' }).expect(200);
    const scheduled = await caller.patch(`/subscription/${id}`, { tier: 'starter', interval: 'month' }).expect(200);
    expect(scheduled.body.scheduled_change).toMatchObject({ tier: 'starter', interval: 'month' });
    await loseAnswers('/v1/subscription_schedules/*/release', 'break_before');
    await caller.patch(`/subscription/${id}`, { tier: 'enterprise', interval: 'year' }).expect(503);
    const operations = await recovered(caller);
    expect(operations.at(-1)).toMatchObject({ state: 'expired', reason: 'not_found_at_stripe' });
    await app.settle();
    expect((await caller.get('/subscription')).body).toMatchObject({
      tier: 'starter',
      interval: 'year',
      scheduled_change: { tier: 'starter', interval: 'month' },
    });
  });

  it('is settled when the card that had paid is gone, so that not all can be put back', async () => {
    const { caller, id } = await subscribed();
    const [{ id: stripeId = '' } = {}] = await subscriptionsOf(caller);
    const customer = await caller.stripeCustomerId();
    const own = await app.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    await app.stripe.subscriptions.update(stripeId, { default_payment_method: own.id });
    await app.settle();
    await loseAnswers(`/v1/subscriptions/${stripeId}`, 'break_before');
    await caller.patch(`/subscription/${id}`, { tier: 'enterprise' }).expect(503);
    await app.stripe.paymentMethods.detach(own.id);
    expect(await recovered(caller)).toMatchObject([{ state: 'expired' }]);
  });
});

describe('a change of plan that was checked before another one came through', () => {
  it('is refused: it might charge for what is a downgrade by now', async () => {
    const caller = await Caller.create(app);
    const { body } = await caller
      .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
      .expect(201);
    const path = `/subscription/${body.id}`;
    const { id: card } = await app.stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_mastercard' } });
    const limited = { kind: 'status', status: 429, retry_after: 1, method: 'GET', path: `/v1/payment_methods/${card}` };
    await app.control('faults', { ...limited, times: 100 });
    const late = caller.patch(path, { tier: 'professional', payment_method_id: card }).then((answer) => answer);
    await eventually(async () => {
      const { faults } = (await app.control('faults')) as { faults: { remaining: number }[] };
      expect(faults[0]?.remaining).toBeLessThan(100);
    });
    // As an instance of a release that knows no lease, or after its end.
    await app.dataSource.query('update payer_leases set leased_until = null');
    await caller.patch(path, { tier: 'enterprise' }).expect(200);
    await app.control('faults/clear', {});
    expect([(await late).status, (await late).body.code]).toEqual([409, 'conflict']);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'enterprise' });
  });
});
