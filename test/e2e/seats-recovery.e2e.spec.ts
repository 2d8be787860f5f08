import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { catalogueFile, SEATS_AND_ADD_ONS } from '../support/catalogue-files.js';
import { eventually } from '../support/eventually.js';
import { withoutEvents } from '../support/lost-events.js';
import { settledOperations } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** One attempt and its two repetitions. */
const EVERY_ATTEMPT = 3;
const MONTH_SECONDS = 32 * 86_400;

let app: TestApp;
beforeAll(async () => {
  const environment = { BILLING_CATALOGUE: catalogueFile(SEATS_AND_ADD_ONS), INTENT_RECOVERY_AFTER_SECONDS: '3600' };
  app = await createTestApp({ environment });
});
afterAll(() => app.close());

async function sold(body: object): Promise<{ caller: Caller; path: string; stripeId: string }> {
  const caller = await Caller.create(app);
  const bought = await caller.post('/subscription', { payment_method_id: 'pm_card_visa', ...body }).expect(201);
  const [subscription] = (await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() })).data;
  await app.settle();
  return { caller, path: `/subscription/${bought.body.id}`, stripeId: subscription?.id ?? '' };
}

/** Stripe does the work of a call, and the answer never arrives; or it never hears of it. */
async function loseAnswers(path: string, kind = 'break_after'): Promise<void> {
  await app.control('faults', { kind, method: 'POST', path, times: EVERY_ATTEMPT });
}

async function recover(): Promise<void> {
  await app.app.get(OperationRecovery, { strict: false }).recoverAll();
}

const operationsOf = (caller: Caller) => settledOperations(app, caller.sub, 'subscription.change_plan');
const current = async (caller: Caller) => (await caller.get('/subscription').expect(200)).body as object;

async function invoices(stripeId: string): Promise<number> {
  return (await app.stripe.invoices.list({ subscription: stripeId })).data.length;
}

describe('a change of seats or add-ons whose answer was lost', () => {
  it('is settled as done when Stripe has it, charged once, and what was to follow is scheduled', async () => {
    const { caller, path, stripeId } = await sold({ tier: 'team', quantity: 4, add_ons: [{ plan: 'support' }] });
    await withoutEvents(app, async () => {
      await loseAnswers(`/v1/subscriptions/${stripeId}`);
      await caller.patch(path, { quantity: 6, add_ons: [{ plan: 'storage' }] }).expect(503);
      await recover();
      expect(await operationsOf(caller)).toMatchObject([{ state: 'done' }]);
    });
    await app.settle();
    expect(await current(caller)).toMatchObject({
      quantity: 6,
      add_ons: [{ plan: 'support' }, { plan: 'storage' }],
      scheduled_change: { quantity: 6, add_ons: [{ plan: 'storage', quantity: 1 }] },
    });
    expect(await invoices(stripeId)).toBe(2);
  });

  it('is answered to the same request, charged once', async () => {
    const { caller, path, stripeId } = await sold({ tier: 'crew', quantity: 4 });
    await loseAnswers(`/v1/subscriptions/${stripeId}`);
    await caller.put(`${path}/seats`, { quantity: 9 }).expect(503);
    await app.settle();
    expect((await caller.put(`${path}/seats`, { quantity: 9 }).expect(200)).body).toMatchObject({ quantity: 9 });
    expect(await operationsOf(caller)).toMatchObject([{ state: 'done' }]);
    expect(await invoices(stripeId)).toBe(2);
  });

  it('is settled as expired when Stripe never heard of it, and the change that had waited waits again', async () => {
    const { caller, path, stripeId } = await sold({ tier: 'team', quantity: 6 });
    await caller.put(`${path}/seats`, { quantity: 5 }).expect(200);
    await loseAnswers(`/v1/subscriptions/${stripeId}`, 'break_before');
    await caller.patch(path, { add_ons: [{ plan: 'storage' }] }).expect(503);
    await recover();
    expect((await operationsOf(caller)).at(-1)).toMatchObject({ state: 'expired', reason: 'not_found_at_stripe' });
    await app.settle();
    expect(await current(caller)).toMatchObject({ quantity: 6, add_ons: [], scheduled_change: { quantity: 5 } });
  });
});

describe('a change that waits beside one that the bank wants confirmed', () => {
  async function waiting() {
    const { caller, path, stripeId } = await sold({ tier: 'team', quantity: 4 });
    await caller.patch(path, { tier: 'crew' }).expect(200);
    await caller.addCard('pm_card_authenticationRequired', true);
    const { body } = await caller.put(`${path}/seats`, { quantity: 6 }).expect(200);
    expect(body).toMatchObject({ quantity: 4, requires_action: true, pending_change: { tier: 'team', quantity: 6 } });
    return { caller, stripeId };
  }
  const scheduled = (caller: Caller, quantity: number) =>
    eventually(async () =>
      expect(await current(caller)).toMatchObject({
        tier: 'team',
        quantity,
        scheduled_change: { tier: 'crew', quantity },
      }),
    );

  it('waits on once that one is paid, with its seats', async () => {
    const { caller, stripeId } = await waiting();
    const { latest_invoice: latest } = await app.stripe.subscriptions.retrieve(stripeId);
    const invoice = typeof latest === 'string' ? latest : (latest?.id ?? '');
    const visa = await app.stripe.paymentMethods.attach('pm_card_visa', { customer: await caller.stripeCustomerId() });
    await app.stripe.invoices.pay(invoice, { payment_method: visa.id });
    await app.settle();
    await scheduled(caller, 6);
  });

  it('waits on when that one is not confirmed in time', async () => {
    const { caller } = await waiting();
    await app.control('advance', { seconds: 86_400 });
    await app.settle();
    await scheduled(caller, 4);
    await app.control('advance', { seconds: MONTH_SECONDS });
    await app.settle();
    expect(await current(caller)).toMatchObject({ tier: 'crew', quantity: 4 });
  });
});
