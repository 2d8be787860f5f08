import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { operationsOf, settleUser } from '../support/operations.js';
import { withoutEvents } from '../support/lost-events.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf } from '../support/webhook-deliveries.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { TRIAL_ONCE_PER: 'customer,card' } });
});
afterAll(() => app.close());

/** A trial that Stripe was told of beside us. */
function beginAtStripe(customer: string, card: string) {
  return app.stripe.subscriptions.create({
    customer,
    items: [{ price: app.prices.starter.month }],
    default_payment_method: card,
    trial_period_days: 14,
  });
}

describe('a card that had a trial before', () => {
  it('has its second trial, got in Checkout by another customer, charged at once; the first one stays', async () => {
    const first = await Caller.create(app);
    await first
      .post('/subscription', { tier: 'starter', trial_days: 14, payment_method_id: 'pm_card_visa' })
      .expect(201);
    const second = await Caller.create(app);
    const refused = await second.post('/subscription', {
      tier: 'starter',
      trial_days: 14,
      payment_method_id: 'pm_card_visa',
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'trial_already_used']);
    const session = await second.post('/checkout', { tier: 'starter', trial_days: 14 }).expect(200);
    await app.control('checkout/complete', { session: session.body.id, card: '4242424242424242' });
    await app.settle();
    await eventually(async () => {
      await app.settle();
      expect((await second.get('/subscription')).body).toMatchObject({ status: 'active' });
    });
    await eventually(async () => {
      const invoices = (await second.get('/invoices')).body as { amount_paid: number }[];
      expect(invoices.map(({ amount_paid }) => amount_paid).sort()).toEqual([0, 29]);
    });
    expect((await first.get('/subscription')).body).toMatchObject({ status: 'trialing' });
  });

  it('ends a trial that was begun without a card, once it comes to its customer', async () => {
    const [first, second] = [await Caller.create(app), await Caller.create(app)];
    const card = 'pm_card_unionpay';
    await first.post('/subscription', { tier: 'starter', trial_days: 14, payment_method_id: card }).expect(201);
    await second.post('/subscription', { tier: 'starter', trial_days: 14 }).expect(201);
    await settleUser(app, second.sub);
    expect((await second.get('/subscription')).body).toMatchObject({ status: 'trialing' });
    await second.addCard(card);
    await settleUser(app, second.sub);
    expect((await second.get('/subscription')).body).toMatchObject({ status: 'active' });
    expect((await first.get('/subscription')).body).toMatchObject({ status: 'trialing' });
  });

  it('has one trial of two that are bought with it at the same moment', async () => {
    const callers = [await Caller.create(app), await Caller.create(app), await Caller.create(app)];
    const wish = { tier: 'starter', trial_days: 14, payment_method_id: 'pm_card_visa_debit' };
    const bought = await Promise.all(callers.map(async (caller) => caller.post('/subscription', wish)));
    const accepted = callers.filter((_caller, at) => bought[at]?.status === 201);
    for (const { sub } of accepted) await settleUser(app, sub);
    for (const { sub } of accepted) await settleUser(app, sub);
    const statuses = await Promise.all(
      accepted.map(async (caller) => ((await caller.get('/subscription')).body as { status: string }).status),
    );
    expect(statuses.filter((status) => status === 'trialing')).toHaveLength(1);
    expect(statuses.filter((status) => status !== 'trialing' && status !== 'active')).toEqual([]);
  });

  it('gets no second trial as the default card of another customer either', async () => {
    const first = await Caller.create(app);
    const card = { payment_method_id: 'pm_card_mastercard' };
    await first.post('/subscription', { tier: 'starter', trial_days: 14, ...card }).expect(201);
    const second = await Caller.create(app);
    await second.addCard('pm_card_mastercard');
    const refused = await second.post('/subscription', { tier: 'starter', trial_days: 14 });
    expect([refused.status, refused.body.code]).toEqual([409, 'trial_already_used']);
    expect(await second.listCards()).toHaveLength(1);
  });

  it('is charged at once for a second trial of its own customer that was made beyond our rules', async () => {
    const caller = await Caller.create(app);
    const bought = await caller
      .post('/subscription', { tier: 'starter', trial_days: 14, payment_method_id: 'pm_card_amex' })
      .expect(201);
    await caller.post(`/subscription/${bought.body.id}/cancel`, { cancel_at_period_end: false }).expect(200);
    await app.control('advance', { seconds: 60 });
    await app.stripe.subscriptions.create({
      customer: await caller.stripeCustomerId(),
      items: [{ price: app.prices.enterprise.month }],
      trial_period_days: 30,
    });
    await app.settle();
    await eventually(async () => {
      expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'enterprise', status: 'active' });
    });
  });

  it('is not charged for a second trial that is to go because the first one lives, also when Stripe fails at first', async () => {
    const caller = await Caller.create(app);
    await caller
      .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_diners', trial_days: 7 })
      .expect(201);
    await settleUser(app, caller.sub);
    const customer = await caller.stripeCustomerId();
    await app.control('faults', {
      kind: 'status',
      status: 500,
      method: 'DELETE',
      path: '/v1/subscriptions/*',
      times: 3,
    });
    const second = await app.stripe.subscriptions.create({
      customer,
      items: [{ price: app.prices.enterprise.month }],
      trial_period_days: 7,
      metadata: await metadataOf(app, caller.sub),
    });
    await settleUser(app, caller.sub);
    expect((await app.stripe.subscriptions.retrieve(second.id)).status).toBe('canceled');
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'trialing' });
    expect((await app.stripe.charges.list({ customer })).data).toEqual([]);
  });

  describe('of trials that begin in the same second', () => {
    /** A clock that stands still. */
    async function stopTime(): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      return (await app.stripe.testHelpers.testClocks.create({ frozen_time: now })).id;
    }

    async function createAt(clock: string): Promise<[Caller, string]> {
      const caller = await Caller.create(app);
      await caller.get('/customer').expect(200);
      const metadata = await metadataOf(app, caller.sub);
      const email = `${caller.sub}@example.com`;
      const { id } = await app.stripe.customers.create({ email, metadata, test_clock: clock });
      await app.settle();
      return [caller, id];
    }

    it('pays for the second one, got in Checkout by another customer', async () => {
      const clock = await stopTime();
      const [first] = await createAt(clock);
      const [second] = await createAt(clock);
      const card = { payment_method_id: 'pm_card_discover' };
      const bought = await first.post('/subscription', { tier: 'starter', trial_days: 14, ...card }).expect(201);
      const session = await second.post('/checkout', { tier: 'starter', trial_days: 14 }).expect(200);
      await app.control('checkout/complete', { session: session.body.id, card: '6011111111111117' });
      await app.settle();
      await eventually(async () => {
        const { body } = await second.get('/subscription');
        expect(body).toMatchObject({ status: 'active', trial_start: bought.body.trial_start });
      });
      expect((await first.get('/subscription')).body).toMatchObject({ status: 'trialing' });
    });

    it('pays for the second one of its own customer', async () => {
      const [caller, customer] = await createAt(await stopTime());
      const card = await app.stripe.paymentMethods.attach('pm_card_jcb', { customer });
      const begin = () => beginAtStripe(customer, card.id);
      const ended = await begin();
      await app.settle();
      await app.stripe.subscriptions.cancel(ended.id);
      const { id } = await begin();
      await app.settle();
      await eventually(async () => {
        expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
        expect(await app.stripe.subscriptions.retrieve(id)).toMatchObject({ status: 'active' });
      });
    });
  });

  it('pays for the second trial of its customer although that is told before the first', async () => {
    const caller = await Caller.create(app);
    const customer = await caller.stripeCustomerId();
    const card = await app.stripe.paymentMethods.attach('pm_card_mastercard_debit', { customer });
    const begin = () => beginAtStripe(customer, card.id);
    const ended = await withoutEvents(app, async () => {
      const { id } = await begin();
      return app.stripe.subscriptions.cancel(id);
    });
    await app.control('advance', { seconds: 60 });
    await begin();
    await app.settle();
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'trialing' });
    await deliver(app, eventOf('customer.subscription.deleted', ended)).expect(200);
    await eventually(async () => {
      expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    });
  });
});

describe('a second trial that has ended at Stripe before it was dealt with', () => {
  let slow: TestApp;
  beforeAll(async () => {
    slow = await createTestApp({ environment: { INTENT_POLL_SECONDS: '3600', TRIAL_ONCE_PER: 'customer' } });
  });
  afterAll(() => slow.close());

  it('is left as it is: its first period was charged by then', async () => {
    const caller = await Caller.create(slow);
    const first = { tier: 'starter', trial_days: 14, payment_method_id: 'pm_card_visa' };
    const { body } = await caller.post('/subscription', first).expect(201);
    await caller.post(`/subscription/${body.id}/cancel`, { cancel_at_period_end: false }).expect(200);
    await slow.control('advance', { seconds: 60 });
    const { id } = await slow.stripe.subscriptions.create({
      customer: await caller.stripeCustomerId(),
      items: [{ price: slow.prices.starter.month }],
      trial_period_days: 14,
    });
    await slow.settle();
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'trialing' });
    await withoutEvents(slow, () => slow.control('advance', { seconds: 15 * 86_400 }));
    await slow.control('faults', { kind: 'status', status: 400, method: 'POST', path: '/v1/subscriptions/*' });
    await slow.app.get(OperationRecovery, { strict: false }).recoverAll();
    expect(await operationsOf(slow, caller.sub, 'trial.end')).toMatchObject([
      { state: 'done', attempts: 1, subject_stripe_id: id },
    ]);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
  });
});
