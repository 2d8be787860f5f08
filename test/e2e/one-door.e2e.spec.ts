import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PlanChangeCompletion } from '../../src/plan-changes/plan-change-completion.js';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { withoutEvents } from '../support/lost-events.js';
import { settledOperations } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** One attempt and its two repetitions. */
const EVERY_ATTEMPT = 3;
const DAY = 86_400;
const starter = { tier: 'starter', payment_method_id: 'pm_card_visa' };

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { INTENT_RECOVERY_AFTER_SECONDS: '3600' } });
}, 60_000);
afterAll(() => app.close());

async function subscriber(): Promise<{ caller: Caller; id: number; stripeId: string }> {
  const caller = await Caller.create(app);
  const { body } = await caller.post('/subscription', starter).expect(201);
  const customer = await caller.stripeCustomerId();
  const [live] = (await app.stripe.subscriptions.list({ customer })).data;
  return { caller, id: body.id as number, stripeId: live?.id ?? '' };
}

const breakCalls = (path: string, method = 'POST') =>
  app.control('faults', { kind: 'status', status: 500, method, path, times: EVERY_ATTEMPT });

describe('what a request changes at Stripe is mirrored by it, without an event', () => {
  it('a subscription that loses its own card to the default', async () => {
    const { caller, stripeId } = await subscriber();
    const customer = await caller.stripeCustomerId();
    const own = await app.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    await app.stripe.subscriptions.update(stripeId, { default_payment_method: own.id });
    await app.settle();
    const cardOf = async () => {
      const select =
        'select stripe_default_payment_method_id as card from subscriptions where stripe_subscription_id = $1';
      return (await app.dataSource.query<{ card: string | null }[]>(select, [stripeId]))[0]?.card;
    };
    expect(await cardOf()).toBe(own.id);
    await withoutEvents(app, async () => {
      await caller.addCard('pm_card_amex', true);
      expect(await cardOf()).toBeNull();
    });
  });

  it('an invoice that is voided with the subscription', async () => {
    const { caller, id } = await subscriber();
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await app.control('advance', { seconds: 32 * DAY });
    await app.settle();
    const statuses = async () =>
      ((await caller.get('/invoices').expect(200)).body as { status: string }[]).map(({ status }) => status);
    expect(await statuses()).toEqual(['open', 'paid']);
    await withoutEvents(app, async () => {
      await caller.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
      expect(await statuses()).toEqual(['void', 'paid']);
    });
  });
});

describe('what cannot be taken back does not change the answer', () => {
  it('of a declined purchase: 402; the card goes with the recovery', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await breakCalls('/v1/payment_methods/*/detach');
    const declined = await caller.post('/subscription', {
      ...starter,
      payment_method_id: 'pm_card_chargeCustomerFail',
    });
    expect([declined.status, declined.body.code]).toEqual([402, 'card_declined']);
    await app.control('faults/clear', {});
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
    expect(await settledOperations(app, caller.sub, 'subscription.create')).toMatchObject([{ state: 'failed' }]);
    await app.settle();
    expect(await caller.listCards()).toEqual([]);
    await caller.post('/subscription', starter).expect(201);
  });

  it('of a declined upgrade: 402; what it had put aside comes back with the recovery', async () => {
    const { caller, id, stripeId } = await subscriber();
    await caller.patch(`/subscription/${id}`, { interval: 'year' }).expect(200);
    await caller.patch(`/subscription/${id}`, { tier: 'starter', interval: 'month' }).expect(200);
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await breakCalls('/v1/subscription_schedules');
    const declined = await caller.patch(`/subscription/${id}`, { tier: 'enterprise', interval: 'year' });
    expect([declined.status, declined.body.code]).toEqual([402, 'card_declined']);
    await app.control('faults/clear', {});
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
    await app.settle();
    expect((await caller.get('/subscription')).body).toMatchObject({
      tier: 'starter',
      interval: 'year',
      scheduled_change: { tier: 'starter', interval: 'month' },
    });
    expect(await app.stripe.subscriptions.retrieve(stripeId)).toMatchObject({ pending_update: null });
  });

  it('of a change of plan that an earlier request had made: 200', async () => {
    const { caller, id, stripeId } = await subscriber();
    await app.settle();
    await app.control('faults', {
      kind: 'break_after',
      method: 'POST',
      path: `/v1/subscriptions/${stripeId}`,
      times: EVERY_ATTEMPT,
    });
    await caller.patch(`/subscription/${id}`, { tier: 'enterprise' }).expect(503);
    await app.settle();
    const completion = app.app.get(PlanChangeCompletion, { strict: false });
    const broken = jest.spyOn(completion, 'recover').mockRejectedValueOnce(new Error('Stripe went away'));
    const again = await caller.patch(`/subscription/${id}`, { tier: 'enterprise' });
    expect(broken).toHaveBeenCalledTimes(1);
    broken.mockRestore();
    expect([again.status, again.body.tier]).toEqual([200, 'enterprise']);
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
    expect(await settledOperations(app, caller.sub, 'subscription.change_plan')).toMatchObject([{ state: 'done' }]);
  });
});
