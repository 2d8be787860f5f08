import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { operationsOf, type OperationRow, settledOperations } from '../support/operations.js';
import { withoutEvents } from '../support/lost-events.js';
import { refuseInserts } from '../support/refused-inserts.js';
import { createTestApp, startApp, type TestApp } from '../support/test-app.js';

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

async function cardsAtStripe(caller: Caller): Promise<string[]> {
  const { data } = await app.stripe.customers.listPaymentMethods(await caller.stripeCustomerId());
  return data.map(({ id }) => id);
}

/** Has the open operations recovered at once; answers those of an operation, all closed. */
async function recovered(caller: Caller, kind: string): Promise<OperationRow[]> {
  await app.app.get(OperationRecovery, { strict: false }).recoverAll();
  return settledOperations(app, caller.sub, kind);
}

describe('a purchase whose answer was lost', () => {
  it('is found at Stripe, mirrored and never repeated', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await withoutEvents(app, async () => {
      await loseAnswers('/v1/subscriptions');
      const answer = await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' });
      expect([answer.status, answer.body.code]).toEqual([503, 'stripe_unavailable']);
      const [operation] = await recovered(caller, 'subscription.create');
      const made = await subscriptionsOf(caller);
      expect(made).toMatchObject([{ status: 'active', metadata: { operation_key: operation?.key } }]);
      expect(operation).toMatchObject({ state: 'done', result_stripe_id: made[0]?.id });
    });
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
  });

  it('has its card as the default afterwards', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await loseAnswers('/v1/subscriptions');
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(503);
    const followUps = await recovered(caller, 'card.make_default');
    expect(followUps.at(-1)).toMatchObject({ state: 'done' });
    expect(await caller.listCards()).toMatchObject([{ card_last4: '4242', is_default: true }]);
    expect(await subscriptionsOf(caller)).toMatchObject([{ default_payment_method: null }]);
  });

  it('is ended when its payment was declined: nothing stays, the old default stands', async () => {
    const caller = await Caller.create(app);
    const old = await caller.addCard('pm_card_mastercard');
    await loseAnswers('/v1/subscriptions');
    const wish = { tier: 'starter', payment_method_id: 'pm_card_chargeCustomerFail' };
    await caller.post('/subscription', wish).expect(503);
    const [operation] = await recovered(caller, 'subscription.create');
    expect(operation).toMatchObject({ state: 'failed', reason: 'card_declined' });
    const [subscription] = await subscriptionsOf(caller);
    expect(['canceled', 'incomplete_expired']).toContain(subscription?.status);
    const invoice = await app.stripe.invoices.retrieve(subscription?.latest_invoice as string);
    expect(invoice.status).toBe('void');
    expect(await cardsAtStripe(caller)).toHaveLength(1);
    await app.settle();
    expect(await caller.listCards()).toMatchObject([{ id: old.id, is_default: true }]);
    expect((await caller.get('/subscription')).body).toBeNull();
  });

  it('is gone on with by the same request under its Idempotency-Key', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await loseAnswers('/v1/subscriptions');
    const buy = () =>
      caller
        .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
        .set('Idempotency-Key', `recovered-${caller.sub}`);
    await buy().expect(503);
    await recovered(caller, 'subscription.create');
    const again = await buy();
    expect([again.status, again.body]).toMatchObject([201, { tier: 'starter', status: 'active' }]);
    expect(await subscriptionsOf(caller)).toHaveLength(1);
  });

  it('is gone on with by the same request, even after that was refused while the recovery had it in hand', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await loseAnswers('/v1/subscriptions');
    const buy = () =>
      caller
        .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
        .set('Idempotency-Key', `in-hand-${caller.sub}`);
    await withoutEvents(app, async () => {
      await buy().expect(503);
      const [operation] = await operationsOf(app, caller.sub, 'subscription.create');
      const holdUntil = (moment: string) =>
        app.dataSource.query(`update stripe_operations set leased_until = ${moment} where key = $1`, [operation?.key]);
      await holdUntil(`now() + interval '1 minute'`);
      const refused = await buy();
      expect([refused.status, refused.body.code]).toEqual([409, 'purchase_in_progress']);
      await holdUntil('null');
      await recovered(caller, 'subscription.create');
    });
    const again = await buy();
    expect([again.status, again.body]).toMatchObject([201, { tier: 'starter', status: 'active' }]);
    expect(await subscriptionsOf(caller)).toHaveLength(1);
  });

  it('is finished when our own commit failed after Stripe had answered', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await withoutEvents(app, async () => {
      const accept = await refuseInserts(app, 'subscriptions');
      try {
        await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(500);
      } finally {
        await accept();
      }
      expect(await recovered(caller, 'subscription.create')).toMatchObject([{ state: 'done' }]);
    });
    expect(await subscriptionsOf(caller)).toHaveLength(1);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
  });
});

describe('the same request again, before any recovery', () => {
  it('goes on with the purchase whose answer was lost', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    const buy = () => caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' });
    await loseAnswers('/v1/subscriptions');
    await buy().expect(503);
    const again = await buy();
    expect([again.status, again.body]).toMatchObject([201, { tier: 'starter', status: 'active' }]);
    expect(await subscriptionsOf(caller)).toHaveLength(1);
    expect(await cardsAtStripe(caller)).toHaveLength(1);
    expect(await operationsOf(app, caller.sub, 'subscription.create')).toMatchObject([{ state: 'done', attempts: 2 }]);
  });

  it('is left to the recovery once Stripe may have forgotten the keys of the first try', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    const buy = () => caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' });
    await withoutEvents(app, async () => {
      await loseAnswers('/v1/subscriptions');
      await buy().expect(503);
      const [{ key = '' } = {}] = await operationsOf(app, caller.sub, 'subscription.create');
      await app.dataSource.query(
        `update stripe_operations set created_at = now() - interval '25 hours' where key = $1`,
        [key],
      );
      const again = await buy();
      expect([again.status, again.body.code]).toEqual([409, 'purchase_in_progress']);
      expect(await recovered(caller, 'subscription.create')).toMatchObject([{ state: 'done' }]);
    });
    expect(await subscriptionsOf(caller)).toHaveLength(1);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
  });

  it('is declined like the first try, and the card that this one had attached goes', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    const card = await app.stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_chargeCustomerFail' } });
    const buy = () => caller.post('/subscription', { tier: 'starter', payment_method_id: card.id });
    await loseAnswers('/v1/subscriptions');
    await buy().expect(503);
    await buy().expect(402);
    expect(await cardsAtStripe(caller)).toEqual([]);
    expect(await caller.listCards()).toEqual([]);
  });
});

describe('the first requests of a user, all at once', () => {
  it('make one customer, and one purchase goes through', async () => {
    const caller = await Caller.create(app);
    const card = { payment_method_id: 'pm_card_visa' };
    const [bought, checkout, ...others] = await Promise.all([
      caller.post('/subscription', { tier: 'starter', ...card }),
      caller.post('/checkout', { tier: 'starter' }),
      caller.post('/payment-methods', card),
      caller.post('/payment-methods/setup-intent'),
      caller.post('/subscription', { tier: 'enterprise', ...card }),
      caller.post('/checkout', { tier: 'enterprise' }),
    ]);
    expect(
      [bought.status, checkout.status, ...others.map(({ status }) => status)].every((status) => status < 500),
    ).toBe(true);
    expect((await app.stripe.customers.list({ email: `${caller.sub}@example.com` })).data).toHaveLength(1);
    const customer = await caller.stripeCustomerId();
    const open = (await app.stripe.checkout.sessions.list({ customer, status: 'open' })).data;
    expect((await subscriptionsOf(caller)).length + open.length).toBe(1);
  });
});

describe('a purchase of which Stripe knows nothing', () => {
  it('expires, is never repeated, and its new card goes', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    const card = await app.stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    await loseAnswers('/v1/subscriptions', 'break_before');
    await caller.post('/subscription', { tier: 'starter', payment_method_id: card.id }).expect(503);
    expect(await recovered(caller, 'subscription.create')).toMatchObject([
      { state: 'expired', reason: 'not_found_at_stripe', result_stripe_id: null },
    ]);
    expect(await subscriptionsOf(caller)).toEqual([]);
    expect(await cardsAtStripe(caller)).toEqual([]);
    expect(await caller.listCards()).toEqual([]);
  });

  it('is cancelled and refunded when it turns up later', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    await loseAnswers('/v1/subscriptions', 'break_before');
    await caller.post('/subscription', { tier: 'starter' }).expect(503);
    const [operation] = await recovered(caller, 'subscription.create');
    expect(operation).toMatchObject({ state: 'expired' });
    const params = operation?.steps.subscription as unknown as Stripe.SubscriptionCreateParams;
    const late = await app.stripe.subscriptions.create(params);
    expect(late.status).toBe('active');
    await app.settle();
    await eventually(async () => {
      expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'canceled' }]);
    });
    expect(await recovered(caller, 'orphan.cancel')).toMatchObject([{ state: 'done', subject_stripe_id: late.id }]);
    const customer = await caller.stripeCustomerId();
    const charges = (await app.stripe.charges.list({ customer })).data;
    expect(charges).toMatchObject([{ amount: 2_900, amount_refunded: 2_900, refunded: true }]);
    await app.settle();
    expect((await caller.get('/subscription')).body).toBeNull();
    await caller.post('/subscription', { tier: 'starter' }).expect(201);
  });
});

describe('a purchase that is given up while its process still waits for Stripe', () => {
  it('is not sent any more, and the next one goes well', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    const limited = { kind: 'status', status: 429, retry_after: 1, method: 'GET', path: '/v1/checkout/sessions' };
    await app.control('faults', { ...limited, times: 100 });
    const wish = { tier: 'starter', payment_method_id: 'pm_card_visa' };
    const waiting = caller.post('/subscription', wish).then((answer) => answer);
    await eventually(async () => {
      expect(await operationsOf(app, caller.sub, 'subscription.create')).toMatchObject([{ state: 'open' }]);
    });
    await app.dataSource.query(`update stripe_operations set leased_until = null where state = 'open'`);
    expect(await recovered(caller, 'subscription.create')).toMatchObject([{ state: 'expired' }]);
    await app.control('faults/clear', {});
    const late = await waiting;
    expect([late.status, late.body.code]).toEqual([409, 'conflict']);
    expect(await subscriptionsOf(caller)).toEqual([]);
    await caller.post('/subscription', wish).expect(201);
  });
});

describe('a purchase that comes in while Stripe is asked for it', () => {
  it('is not given up', async () => {
    const caller = await Caller.create(app);
    const customer = await caller.stripeCustomerId();
    await loseAnswers('/v1/subscriptions', 'break_before');
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(503);
    const [operation] = await operationsOf(app, caller.sub, 'subscription.create');
    // The event of the subscription is handled after the recovery has looked, and before it closes the operation.
    await app.dataSource.query(
      `insert into subscriptions (customer_id, status, stripe_status, tier, amount, stripe_created, metadata)
       select id, 'canceled', 'canceled', 'starter', 29, 1, $2 from customers where stripe_customer_id = $1`,
      [customer, { operation_key: operation?.key }],
    );
    const recovery = app.app.get(OperationRecovery, { strict: false });
    expect(await recovery.recoverAll()).toMatchObject({ failed: 1 });
    expect(await operationsOf(app, caller.sub, 'subscription.create')).toMatchObject([{ state: 'open' }]);
    await app.dataSource.query('delete from subscriptions where stripe_created = 1');
    await app.dataSource.query(`update stripe_operations set leased_until = null where key = $1`, [operation?.key]);
    expect(await recovered(caller, 'subscription.create')).toMatchObject([{ state: 'expired' }]);
  });
});

describe('a customer whose creation was not answered', () => {
  it('is found by its intent and is the only one', async () => {
    const caller = await Caller.create(app);
    await withoutEvents(app, async () => {
      await loseAnswers('/v1/customers');
      await caller.post('/payment-methods', { payment_method_id: 'pm_card_visa' }).expect(503);
      const [operation] = await recovered(caller, 'customer.create');
      const { data } = await app.stripe.customers.list({ email: `${caller.sub}@example.com` });
      expect(data).toHaveLength(1);
      expect(operation).toMatchObject({ state: 'done', result_stripe_id: data[0]?.id });
    });
    await caller.addCard('pm_card_visa');
    expect((await app.stripe.customers.list({ email: `${caller.sub}@example.com` })).data).toHaveLength(1);
  });

  it('expires when Stripe never made it, and the next request makes one', async () => {
    const caller = await Caller.create(app);
    await loseAnswers('/v1/customers', 'break_before');
    await caller.post('/payment-methods', { payment_method_id: 'pm_card_visa' }).expect(503);
    expect(await recovered(caller, 'customer.create')).toMatchObject([{ state: 'expired' }]);
    await caller.addCard('pm_card_visa');
    expect((await app.stripe.customers.list({ email: `${caller.sub}@example.com` })).data).toHaveLength(1);
  });

  it('is not refused for ever when Stripe refused it once', async () => {
    const caller = await Caller.create(app);
    await app.control('faults', { kind: 'status', status: 400, method: 'POST', path: '/v1/customers', times: 1 });
    await caller.post('/payment-methods', { payment_method_id: 'pm_card_visa' }).expect(400);
    expect(await operationsOf(app, caller.sub, 'customer.create')).toMatchObject([
      { state: 'failed', reason: 'refused' },
    ]);
    await caller.addCard('pm_card_visa');
  });
});

describe('a Checkout whose answer was lost', () => {
  it('is found at Stripe, and the next request answers the same session', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await loseAnswers('/v1/checkout/sessions');
    const begin = () => caller.post('/checkout', { tier: 'starter' });
    await begin().set('Idempotency-Key', `checkout-${caller.sub}`).expect(503);
    const [operation] = await recovered(caller, 'checkout.create');
    expect(operation).toMatchObject({ state: 'done', result_stripe_id: expect.stringMatching(/^cs_test_/) });
    const repeated = await begin().set('Idempotency-Key', `checkout-${caller.sub}`).expect(200);
    const again = await begin().expect(200);
    expect([repeated.body.id, again.body.id]).toEqual([operation?.result_stripe_id, operation?.result_stripe_id]);
  });

  it('is cancelled and refunded when it was given up and is completed all the same', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await loseAnswers('/v1/checkout/sessions', 'break_before');
    await caller.post('/checkout', { tier: 'starter' }).expect(503);
    const [operation] = await recovered(caller, 'checkout.create');
    expect(operation).toMatchObject({ state: 'expired', reason: 'not_found_at_stripe' });
    const params = operation?.steps.session as unknown as Stripe.Checkout.SessionCreateParams;
    const late = await app.stripe.checkout.sessions.create(params);
    await app.control('checkout/complete', { session: late.id });
    await app.settle();
    await eventually(async () => {
      expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'canceled' }]);
      const { data } = await app.stripe.charges.list({ customer: await caller.stripeCustomerId() });
      expect(data).toMatchObject([{ refunded: true }]);
    });
  });
});

describe('open intents', () => {
  it('are recovered at once when the operator wants it, each by one of several instances', async () => {
    const caller = await Caller.create(app);
    await caller.stripeCustomerId();
    await loseAnswers('/v1/subscriptions');
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(503);
    const other = await caller.post('/subscription', { tier: 'enterprise', payment_method_id: 'pm_card_visa' });
    expect([other.status, other.body.code]).toEqual([409, 'purchase_in_progress']);
    expect(Number(other.headers['retry-after'])).toBeGreaterThan(3_000);
    const second = await startApp(app.config);
    try {
      const instances = [app.app, second].map((instance) => instance.get(OperationRecovery, { strict: false }));
      const reports = await Promise.all(instances.map((instance) => instance.recoverAll()));
      expect(reports.map(({ failed }) => failed)).toEqual([0, 0]);
    } finally {
      await second.close();
    }
    expect(await settledOperations(app, caller.sub, 'subscription.create')).toMatchObject([
      { state: 'done', attempts: 2 },
    ]);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
    const recovery = app.app.get(OperationRecovery, { strict: false });
    expect(await recovery.recoverAll()).toEqual({ closed: 0, failed: 0 });
  });

  it('are recovered by themselves after INTENT_RECOVERY_AFTER_SECONDS, and tried again when Stripe fails', async () => {
    const impatient = await createTestApp({ environment: { INTENT_RECOVERY_AFTER_SECONDS: '1' } });
    try {
      const caller = await Caller.create(impatient);
      await caller.stripeCustomerId();
      const lost = { kind: 'break_after', method: 'POST', path: '/v1/subscriptions', times: EVERY_ATTEMPT };
      await impatient.control('faults', lost);
      await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(503);
      const away = { kind: 'status', status: 500, method: 'GET', path: '/v1/subscriptions', times: EVERY_ATTEMPT + 1 };
      await impatient.control('faults', away);
      const [operation] = await settledOperations(impatient, caller.sub, 'subscription.create');
      expect(operation).toMatchObject({ state: 'done', attempts: 3 });
      expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
    } finally {
      await impatient.close();
    }
  });
});
