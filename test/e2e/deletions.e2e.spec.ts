import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { withoutEvents } from '../support/lost-events.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, reaches } from '../support/webhook-deliveries.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const BUY = { tier: 'professional', payment_method_id: 'pm_card_visa' };

async function subscribed(): Promise<{ caller: Caller; id: number; customer: string; atStripe: Stripe.Subscription }> {
  const caller = await Caller.create(app);
  const { body } = await caller.post('/subscription', BUY).expect(201);
  const customer = await caller.stripeCustomerId();
  const [atStripe] = (await app.stripe.subscriptions.list({ customer })).data;
  if (atStripe === undefined) throw new Error('no subscription at Stripe');
  await app.settle();
  return { caller, id: (body as { id: number }).id, customer, atStripe };
}

describe('a customer who is deleted at Stripe', () => {
  it('has no subscription and no cards any more, but all invoices', async () => {
    const { caller, id, customer } = await subscribed();
    await app.stripe.customers.del(customer);
    await app.settle();
    expect((await caller.get('/subscription')).body).toBeNull();
    expect((await caller.get('/subscriptions')).body).toMatchObject([{ id, status: 'canceled' }]);
    expect(await caller.listCards()).toEqual([]);
    expect((await caller.get('/invoices')).body).toMatchObject([{ status: 'paid', amount_paid: 79 }]);
  });

  it('becomes a new one with the next purchase, without a second trial', async () => {
    const { caller, customer } = await subscribed();
    const trial = await Caller.create(app);
    await trial.post('/subscription', { ...BUY, trial_days: 7 }).expect(201);
    const trialCustomer = await trial.stripeCustomerId();
    await app.stripe.customers.del(customer);
    await app.stripe.customers.del(trialCustomer);
    await app.settle();
    await caller.post('/subscription', BUY).expect(201);
    expect(await caller.stripeCustomerId()).not.toBe(customer);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    const again = await trial.post('/subscription', { ...BUY, trial_days: 7 });
    expect([again.status, again.body.code]).toEqual([409, 'trial_already_used']);
    const rows = await app.dataSource.query<object[]>(
      `select c.id from customers c join users u on u.id = c.user_id where u.external_id = $1`,
      [caller.sub],
    );
    expect(rows).toHaveLength(1);
  });

  it('needs an e-mail for the next purchase where neither Stripe nor the token had one', async () => {
    const sub = 'without-email';
    const buy = async (claims: object) =>
      app.http
        .post('/subscription')
        .set('Authorization', await app.bearer(sub, { ...claims }))
        .send(BUY);
    expect((await buy({ email: undefined })).body).toMatchObject({ code: 'email_required' });
    const { id } = await app.stripe.customers.create({ metadata: await metadataOf(app, sub) });
    await app.settle();
    await app.stripe.customers.del(id);
    await app.settle();
    expect((await buy({ email: undefined })).body).toMatchObject({ code: 'email_required' });
    expect((await buy({ email: 'now@example.com' })).status).toBe(201);
    expect((await app.stripe.customers.list({ email: 'now@example.com' })).data).toHaveLength(1);
  });

  it.each([
    ['POST /subscription', '/subscription', BUY],
    ['POST /checkout', '/checkout', { tier: 'starter' }],
    ['POST /payment-methods', '/payment-methods', { payment_method_id: 'pm_card_visa' }],
    ['POST /payment-methods/setup-intent', '/payment-methods/setup-intent', undefined],
  ])(
    'answers 409 to %s while the deletion is not known here, and the next try goes well',
    async (_name, path, body) => {
      const caller = await Caller.create(app);
      const customer = await caller.stripeCustomerId();
      await withoutEvents(app, () => app.stripe.customers.del(customer));
      const refused = await caller.post(path, body);
      expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
      const again = await caller.post(path, body);
      expect([200, 201]).toContain(again.status);
      expect(await caller.stripeCustomerId()).not.toBe(customer);
    },
  );
});

describe('what is told of a deleted customer', () => {
  /** Delivers what Stripe lists of some objects, the newest first. */
  async function deliverAll(stripeIds: ReadonlySet<string>): Promise<void> {
    const events: Stripe.Event[] = [];
    for await (const event of app.stripe.events.list({ limit: 100 }))
      if (stripeIds.has((event.data.object as { id?: string }).id ?? '')) events.push(event);
    for (const event of events) {
      await deliver(app, event).expect(200);
      await reaches(app, event.id, 'done', 'ignored');
    }
    await app.settle();
  }

  /** An invoice, paid with a card of its customer; answers the ids of all that came into being. */
  async function payInvoice(customer: string): Promise<Set<string>> {
    const card = await app.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    const { id } = await app.stripe.invoices.create({ customer, description: 'Told of too late' });
    await app.stripe.invoiceItems.create({ customer, invoice: id, amount: 1_500, currency: 'usd' });
    await app.stripe.invoices.finalizeInvoice(id, { auto_advance: false });
    await app.stripe.invoices.pay(id, { payment_method: card.id });
    const { data } = await app.stripe.paymentIntents.list({ customer });
    return new Set([id, card.id, ...data.map((operation) => operation.id)]);
  }

  it('once its user has a new one: an invoice and its payment find their owner, the card stays detached', async () => {
    const { caller, customer } = await subscribed();
    const untold = await withoutEvents(app, () => payInvoice(customer));
    await app.stripe.customers.del(customer);
    await app.settle();
    await caller.post('/subscription', BUY).expect(201);
    const cards = await caller.listCards();
    await deliverAll(untold);
    const invoices = (await caller.get('/invoices').expect(200)).body as object[];
    expect(invoices.map((invoice) => (invoice as { amount_paid: number }).amount_paid).sort()).toEqual([15, 79, 79]);
    const [linked] = await app.dataSource.query<object[]>(
      `select p.amount, p.status from payments p join invoices i on i.id = p.invoice_id where i.description = $1`,
      ['Told of too late'],
    );
    expect(linked).toEqual({ amount: '15.000', status: 'succeeded' });
    expect(await caller.listCards()).toEqual(cards);
  });

  it('only after its deletion: its own events say whose the invoice was, in whatever order they come', async () => {
    const caller = await Caller.create(app);
    await caller.get('/customer').expect(200);
    const metadata = await metadataOf(app, caller.sub);
    const told = await withoutEvents(app, async () => {
      const { id } = await app.stripe.customers.create({ email: `${caller.sub}@example.com`, metadata });
      const made = await payInvoice(id);
      await app.stripe.customers.del(id);
      return made.add(id);
    });
    await deliverAll(told);
    expect((await caller.get('/invoices')).body).toMatchObject([{ status: 'paid', amount_paid: 15 }]);
    expect(await caller.listCards()).toEqual([]);
    await caller.post('/subscription', BUY).expect(201);
    await app.settle();
    expect((await caller.get('/invoices')).body).toHaveLength(2);
  });

  it.each([
    ['once that one takes the place of the first', (first: string) => first],
    ['once that one is deleted, as if its deletion had been told first', (_first: string, second: string) => second],
  ])('takes up what was told of a second customer of the user %s', async (_name, deleted) => {
    const caller = await Caller.create(app);
    const first = await caller.stripeCustomerId();
    const metadata = await metadataOf(app, caller.sub);
    const second = await app.stripe.customers.create({ email: `${caller.sub}@example.com`, metadata });
    await payInvoice(second.id);
    await app.settle();
    expect((await caller.get('/invoices')).body).toEqual([]);
    await app.stripe.customers.del(deleted(first, second.id));
    if (deleted(first, second.id) === first) await app.stripe.customers.update(second.id, { name: 'The only one' });
    await eventually(async () =>
      expect((await caller.get('/invoices')).body).toMatchObject([{ status: 'paid', amount_paid: 15 }]),
    );
  });

  it('lets another customer of the user in before it is known here', async () => {
    const caller = await Caller.create(app);
    const customer = await caller.stripeCustomerId();
    await withoutEvents(app, () => app.stripe.customers.del(customer));
    const metadata = await metadataOf(app, caller.sub);
    const other = await app.stripe.customers.create({ email: `${caller.sub}@example.com`, metadata });
    await app.settle();
    expect(await caller.stripeCustomerId()).toBe(other.id);
  });
});

describe('a declined purchase', () => {
  it('answers 402 and leaves nothing: the old default stands, the new card is detached', async () => {
    const caller = await Caller.create(app);
    const old = await caller.addCard('pm_card_mastercard');
    const answer = await caller.post('/subscription', {
      tier: 'starter',
      payment_method_id: 'pm_card_chargeCustomerFail',
    });
    expect([answer.status, answer.body.code]).toEqual([402, 'card_declined']);
    const customer = await caller.stripeCustomerId();
    expect((await app.stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
    expect(await caller.listCards()).toMatchObject([{ id: old.id, is_default: true }]);
    await app.settle();
    expect((await app.stripe.subscriptions.list({ customer })).data).toEqual([]);
    expect((await caller.get('/subscription')).body).toBeNull();
    await caller.post('/subscription', { tier: 'starter' }).expect(201);
  });
});

describe('a card that is detached in Stripe’s portal', () => {
  it('is gone here; another one stays as it is', async () => {
    const { caller, customer } = await subscribed();
    const [first] = await caller.listCards();
    const second = await caller.addCard('pm_card_mastercard');
    const { data } = await app.stripe.customers.listPaymentMethods(customer);
    const visa = data.find(({ card }) => card?.brand === 'visa');
    await app.stripe.paymentMethods.detach(visa?.id ?? '');
    await app.settle();
    expect((await caller.listCards()).map(({ id }) => id)).toEqual([second.id]);
    await caller.post(`/payment-methods/${first?.id}/default`).expect(404);
    await caller.post('/subscription', { tier: 'starter', payment_method_id: first?.id }).expect(400);
    await caller.post(`/payment-methods/${second.id}/default`).expect(200);
  });
});

describe('a subscription that is changed in Stripe’s portal', () => {
  it('shows an end that is set by a date alone, and reactivation clears it', async () => {
    const { caller, id, atStripe } = await subscribed();
    const end = (atStripe.items.data[0]?.current_period_end ?? 0) - 86_400;
    await app.stripe.subscriptions.update(atStripe.id, { cancel_at: end });
    await app.settle();
    const shown = await caller.get('/subscription');
    expect(shown.body).toMatchObject({
      cancel_at_period_end: true,
      cancel_at: new Date(end * 1_000).toISOString(),
      status: 'active',
    });
    const again = await caller.post(`/subscription/${id}/cancel`).expect(200);
    expect(again.body).toMatchObject({ cancel_at: new Date(end * 1_000).toISOString() });
    const back = await caller.post(`/subscription/${id}/reactivate`).expect(200);
    expect(back.body).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
    const now = await app.stripe.subscriptions.retrieve(atStripe.id);
    expect([now.cancel_at, now.cancel_at_period_end]).toEqual([null, false]);
  });

  it('shows an end at the end of the period, and reactivation clears it', async () => {
    const { caller, id, atStripe } = await subscribed();
    await app.stripe.subscriptions.update(atStripe.id, { cancel_at_period_end: true });
    await app.settle();
    expect((await caller.get('/subscription')).body).toMatchObject({ cancel_at_period_end: true });
    const back = await caller.post(`/subscription/${id}/reactivate`).expect(200);
    expect(back.body).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
    const now = await app.stripe.subscriptions.retrieve(atStripe.id);
    expect([now.cancel_at, now.cancel_at_period_end]).toEqual([null, false]);
  });

  it('is cancelled already when its customer cancels it here while the event is lost: 200', async () => {
    const { caller, id, atStripe } = await subscribed();
    await withoutEvents(app, () => app.stripe.subscriptions.cancel(atStripe.id));
    const answer = await caller.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false });
    expect([answer.status, answer.body.status]).toEqual([200, 'canceled']);
    const later = await caller.post(`/subscription/${id}/cancel`).expect(200);
    expect(later.body).toEqual(answer.body);
  });

  it('takes a change at the end of the period although its schedule is not known here', async () => {
    const { caller, id, atStripe } = await subscribed();
    await withoutEvents(app, () => app.stripe.subscriptionSchedules.create({ from_subscription: atStripe.id }));
    const answer = await caller.patch(`/subscription/${id}`, { tier: 'starter' });
    expect([answer.status, answer.body.scheduled_change?.tier]).toEqual([200, 'starter']);
  });

  it('ends by itself at its date', async () => {
    const other = await createTestApp();
    try {
      const caller = await Caller.create(other);
      const { body } = await caller.post('/subscription', BUY).expect(201);
      await other.settle();
      const customer = await caller.stripeCustomerId();
      const [atStripe] = (await other.stripe.subscriptions.list({ customer })).data;
      const { now } = (await other.control('state')) as { now: number };
      await other.stripe.subscriptions.update(atStripe?.id ?? '', { cancel_at: now + 7 * 86_400 });
      await other.control('advance', { seconds: 8 * 86_400 });
      await other.settle();
      expect((await caller.get('/subscription')).body).toBeNull();
      expect((await caller.get('/subscriptions')).body).toMatchObject([{ id: body.id, status: 'canceled' }]);
    } finally {
      await other.close();
    }
  });

  it('has expired already when its customer gives the first payment up here while the event is lost: 200', async () => {
    const caller = await Caller.create(app);
    const { body } = await caller.post('/subscription', { tier: 'starter' }).expect(201);
    await withoutEvents(app, () => app.control('advance', { seconds: 24 * 3600 }));
    const ended = await caller.post(`/subscription/${(body as { id: number }).id}/cancel`, {});
    expect([ended.status, ended.body.status]).toEqual([200, 'incomplete_expired']);
  });
});
