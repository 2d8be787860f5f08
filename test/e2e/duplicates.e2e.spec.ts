import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { type OperationRow, operationsOf, settledOperations } from '../support/operations.js';
import { withoutEvents } from '../support/lost-events.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf, reaches } from '../support/webhook-deliveries.js';

interface Row {
  id: number;
  stripe_subscription_id: string;
  status: string;
  duplicate_of_id: number | null;
}

/** The subscriptions of a user as the table has them, in the order in which they came in. */
function rowsOf(app: TestApp, caller: Caller): Promise<Row[]> {
  return app.dataSource.query<Row[]>(
    `select s.id, s.stripe_subscription_id, s.status, s.duplicate_of_id from subscriptions s
     join customers c on c.id = s.customer_id join users u on u.id = c.user_id
     where u.external_id = $1 order by s.stripe_created, s.id`,
    [caller.sub],
  );
}

/** Two sessions of one customer that are both open: what a race beyond our reach leaves behind. */
async function openTwo(app: TestApp, caller: Caller): Promise<[string, string]> {
  const { body } = await caller.post('/checkout', { tier: 'starter' }).expect(200);
  const first = body as { id: string };
  const known = await app.stripe.checkout.sessions.retrieve(first.id);
  const second = await app.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: known.customer as string,
    line_items: [{ price: app.prices.enterprise.month, quantity: 1 }],
    success_url: 'https://example.com',
    subscription_data: { metadata: await metadataOf(app, caller.sub) },
  });
  return [first.id, second.id];
}

/** Completes both, one some seconds after the other: the starter plan is the older subscription. */
async function completeTwo(app: TestApp, caller: Caller): Promise<void> {
  for (const session of await openTwo(app, caller)) {
    await app.control('checkout/complete', { session });
    await app.control('advance', { seconds: 5 });
  }
}

/** What is to be done about a subscription. The other one may seem to be the duplicate at first, while it seems unpaid. */
async function operationsAbout(app: TestApp, caller: Caller, row: Row | undefined): Promise<OperationRow[]> {
  const operations = await operationsOf(app, caller.sub, 'duplicate.resolve');
  return operations.filter(({ subject_stripe_id: id }) => id === row?.stripe_subscription_id);
}

async function cancelHere(caller: Caller, id: number): Promise<void> {
  await caller.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
}

async function chargesOf(app: TestApp, caller: Caller): Promise<Stripe.Charge[]> {
  return (await app.stripe.charges.list({ customer: await caller.stripeCustomerId() })).data;
}

describe('two Checkout sessions of one customer, both completed', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app.close());

  it('leave one subscription that lives; the other is flagged, cancelled and refunded', async () => {
    const caller = await Caller.create(app);
    await completeTwo(app, caller);
    await eventually(async () => {
      const rows = await rowsOf(app, caller);
      expect(rows.map(({ status }) => status)).toEqual(['active', 'canceled']);
      expect(rows[1]?.duplicate_of_id).toBe(rows[0]?.id);
      expect(rows[0]?.duplicate_of_id).toBeNull();
    });
    await settledOperations(app, caller.sub, 'duplicate.resolve');
    const charges = await chargesOf(app, caller);
    expect(charges.map(({ amount, amount_refunded }) => [amount, amount_refunded]).sort()).toEqual([
      [19_900, 19_900],
      [2_900, 0],
    ]);
    await app.settle();
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
    expect((await caller.get('/subscriptions')).body).toHaveLength(2);
    expect(await caller.listCards()).not.toEqual([]);
  });

  it('end the same when both events come in at once, in any order', async () => {
    await app.control('chaos', { seed: 5, reorder: 1, duplicate: 0.5 });
    try {
      const caller = await Caller.create(app);
      const sessions = await openTwo(app, caller);
      await Promise.all(sessions.map((session) => app.control('checkout/complete', { session })));
      await eventually(async () => {
        const rows = await rowsOf(app, caller);
        expect(rows.map(({ status }) => status).sort()).toEqual(['active', 'canceled']);
        expect(rows.filter((row) => row.duplicate_of_id !== null)).toMatchObject([{ status: 'canceled' }]);
      });
      const [resolved, ...more] = await settledOperations(app, caller.sub, 'duplicate.resolve');
      expect([resolved?.state, more]).toEqual(['done', []]);
      const refunded = (await chargesOf(app, caller)).filter((charge) => charge.refunded);
      expect(refunded).toHaveLength(1);
    } finally {
      await app.control('chaos', {});
      await app.settle();
    }
  });

  it('paid at once and in part with the balance cost what the one that lives costs, and no more', async () => {
    const caller = await Caller.create(app);
    const sessions = await openTwo(app, caller);
    const customer = await caller.stripeCustomerId();
    await app.stripe.customers.createBalanceTransaction(customer, { amount: -5_000, currency: 'usd' });
    await Promise.all(sessions.map((session) => app.control('checkout/complete', { session })));
    await eventually(async () => {
      const rows = await rowsOf(app, caller);
      expect(rows.map(({ status }) => status).sort()).toEqual(['active', 'canceled']);
    });
    await settledOperations(app, caller.sub, 'duplicate.resolve');
    const [living] = (await app.stripe.subscriptions.list({ customer })).data;
    const paid = (await chargesOf(app, caller)).reduce((sum, one) => sum + one.amount - one.amount_refunded, 0);
    const { balance } = (await app.stripe.customers.retrieve(customer)) as Stripe.Customer;
    expect(paid + balance + 5_000).toBe(living?.items.data[0]?.price.unit_amount);
  });

  it('end the same when Stripe fails at first', async () => {
    const caller = await Caller.create(app);
    await app.control('faults', {
      kind: 'status',
      status: 500,
      method: 'DELETE',
      path: '/v1/subscriptions/*',
      times: 3,
    });
    await completeTwo(app, caller);
    await eventually(async () => {
      const rows = await rowsOf(app, caller);
      expect(rows.map(({ status }) => status)).toEqual(['active', 'canceled']);
    });
    expect(await settledOperations(app, caller.sub, 'duplicate.resolve')).toMatchObject([{ state: 'done' }]);
  });
});

describe('a second subscription that counts before it was dealt with', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ environment: { INTENT_POLL_SECONDS: '3600' } });
  });
  afterAll(() => app.close());

  it.each([
    ['once the first one was cancelled here', (caller: Caller, { id }: Row) => cancelHere(caller, id)],
    [
      'once the first one was cancelled at Stripe and that is not known here yet',
      (_caller: Caller, { stripe_subscription_id: id }: Row) =>
        withoutEvents(app, () => app.stripe.subscriptions.cancel(id)),
    ],
  ])('is neither cancelled nor refunded %s', async (_name, cancel) => {
    const caller = await Caller.create(app);
    await completeTwo(app, caller);
    await app.settle();
    const [first, second] = await rowsOf(app, caller);
    expect(second).toMatchObject({ status: 'active', duplicate_of_id: first?.id });
    // Their handling would read the first one at Stripe, too.
    await app.dataSource.query(`update stripe_operations set state = 'expired' where kind = 'card.make_default'`);
    if (first !== undefined) await cancel(caller, first);
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
    await app.settle();
    expect(await operationsAbout(app, caller, second)).toMatchObject([{ state: 'expired', reason: 'no_duplicate' }]);
    expect((await caller.get('/subscription')).body).toMatchObject({ id: second?.id, status: 'active' });
    expect((await chargesOf(app, caller)).some((charge) => charge.refunded)).toBe(false);
  });

  it('ends although the older one seemed unpaid here when it came in, and to be the one too many', async () => {
    const caller = await Caller.create(app);
    await withoutEvents(app, () => completeTwo(app, caller));
    const { data } = await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() });
    const [younger, older] = data;
    if (younger === undefined || older === undefined) throw new Error('there are no two subscriptions');
    for (const subscription of [younger, { ...older, status: 'incomplete' }]) {
      const event = eventOf('customer.subscription.created', subscription, { created: subscription.created });
      await deliver(app, event).expect(200);
      await reaches(app, event.id, 'done');
    }
    const unpaid = { status: 'incomplete', duplicate_of_id: expect.any(Number) };
    expect(await rowsOf(app, caller)).toMatchObject([unpaid, { status: 'active', duplicate_of_id: null }]);
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
    const rows = await rowsOf(app, caller);
    expect(rows).toMatchObject([
      { status: 'active', duplicate_of_id: null },
      { status: 'canceled', stripe_subscription_id: younger.id },
    ]);
    expect(await operationsAbout(app, caller, rows[0])).toMatchObject([{ state: 'expired', attempts: 1 }]);
    expect(await operationsAbout(app, caller, rows[1])).toMatchObject([{ state: 'done' }]);
    expect((await chargesOf(app, caller)).filter((charge) => charge.refunded)).toHaveLength(1);
  });
});

describe('with DUPLICATE_POLICY=flag', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ environment: { DUPLICATE_POLICY: 'flag' } });
  });
  afterAll(() => app.close());

  it('the second subscription is flagged and left as it is; when the first ends, it counts', async () => {
    const caller = await Caller.create(app);
    await completeTwo(app, caller);
    await app.settle();
    await settledOperations(app, caller.sub, 'duplicate.resolve');
    const [first, second] = await rowsOf(app, caller);
    expect([first, second]).toMatchObject([
      { status: 'active', duplicate_of_id: null },
      { status: 'active', duplicate_of_id: first?.id },
    ]);
    expect((await chargesOf(app, caller)).some((charge) => charge.refunded)).toBe(false);
    const current = (await caller.get('/subscription')).body as { id: number };
    expect(current.id).toBe(first?.id);
    await caller.post(`/subscription/${current.id}/cancel`, { cancel_at_period_end: false }).expect(200);
    expect((await caller.get('/subscription')).body).toMatchObject({ id: second?.id, tier: 'enterprise' });
    expect(await rowsOf(app, caller)).toMatchObject([{ status: 'canceled' }, { duplicate_of_id: null }]);
  });
});
