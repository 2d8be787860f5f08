import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { withoutEvents } from '../support/lost-events.js';
import { operationsOf, settledOperations, settleUser } from '../support/operations.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { DUPLICATE_POLICY: 'cancel_and_refund' } });
}, 60_000);
afterAll(() => app.close());

const starter = { tier: 'starter', payment_method_id: 'pm_card_visa' };

async function subscriber(): Promise<[Caller, string]> {
  const caller = await Caller.create(app);
  await caller.post('/subscription', starter).expect(201);
  return [caller, await caller.stripeCustomerId()];
}

/** A second live subscription that looks as if this installation had sold it in a race. */
async function soldTwice(caller: Caller, customer: string) {
  return app.stripe.subscriptions.create({
    customer,
    items: [{ price: app.prices.professional.month }],
    metadata: await metadataOf(app, caller.sub),
  });
}

async function refundsOf(customer: string): Promise<number[]> {
  const { data } = await app.stripe.charges.list({ customer });
  return data.map(({ amount_refunded }) => amount_refunded).filter((amount) => amount > 0);
}

describe('a second live subscription', () => {
  it.each([
    ['of a price that we do not sell', async () => (await trainingPrice()).id],
    ['of a plan', () => Promise.resolve(app.prices.professional.month)],
  ])('%s that an operator sold lives on, is listed and is billed again', async (_name, price) => {
    const [caller, customer] = await subscriber();
    const sold = await app.stripe.subscriptions.create({ customer, items: [{ price: await price() }] });
    await settleUser(app, caller.sub);
    await app.control('advance', { seconds: 32 * DAY });
    await settleUser(app, caller.sub);
    expect(await app.stripe.subscriptions.retrieve(sold.id)).toMatchObject({ status: 'active' });
    const paid = (await app.stripe.invoices.list({ subscription: sold.id })).data;
    expect(paid.map(({ status }) => status)).toEqual(['paid', 'paid']);
    expect(await refundsOf(customer)).toEqual([]);
    expect((await caller.get('/subscriptions')).body).toHaveLength(2);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter' });
  });

  it('that came to light more than a day after it was sold is reported and left alone', async () => {
    const [caller, customer] = await subscriber();
    const sold = await withoutEvents(app, () => soldTwice(caller, customer));
    await app.control('advance', { seconds: 2 * DAY });
    await app.stripe.subscriptions.update(sold.id, { description: 'Known now' });
    await settleUser(app, caller.sub);
    expect(await app.stripe.subscriptions.retrieve(sold.id)).toMatchObject({ status: 'active' });
    expect(await operationsOf(app, caller.sub, 'duplicate.resolve')).toMatchObject([{ state: 'done' }]);
    expect(await refundsOf(customer)).toEqual([]);
  });

  it('that was sold in a race gives back all that it took: the card payment, and the balance that it used', async () => {
    const [caller, customer] = await subscriber();
    await app.stripe.customers.createBalanceTransaction(customer, { amount: -5_000, currency: 'usd' });
    const sold = await soldTwice(caller, customer);
    await settleUser(app, caller.sub);
    expect(await app.stripe.subscriptions.retrieve(sold.id)).toMatchObject({ status: 'canceled' });
    expect(await refundsOf(customer)).toEqual([2_900]);
    expect(await app.stripe.customers.retrieve(customer)).toMatchObject({ balance: -5_000 });
  });

  it('whose refund Stripe refuses for good is ended once, with word of what is left', async () => {
    const [caller, customer] = await subscriber();
    await app.stripe.customers.createBalanceTransaction(customer, { amount: -5_000, currency: 'usd' });
    await app.control('faults', {
      kind: 'status',
      status: 400,
      code: 'charge_disputed',
      method: 'POST',
      path: '/v1/refunds',
      times: 100,
    });
    const sold = await soldTwice(caller, customer);
    await settleUser(app, caller.sub);
    await app.control('faults/clear', {});
    expect(await app.stripe.subscriptions.retrieve(sold.id)).toMatchObject({ status: 'canceled' });
    expect(await settledOperations(app, caller.sub, 'duplicate.resolve')).toMatchObject([
      { state: 'done', reason: 'refund_incomplete', attempts: 1 },
    ]);
    // What can be given back is.
    expect(await app.stripe.customers.retrieve(customer)).toMatchObject({ balance: -5_000 });
  });

  it('that was paid past Stripe is ended, with word of what is left', async () => {
    const [caller, customer] = await subscriber();
    const sold = await withoutEvents(app, async () => {
      const made = await app.stripe.subscriptions.create({
        customer,
        items: [{ price: app.prices.professional.month }],
        collection_method: 'send_invoice',
        days_until_due: 14,
        metadata: await metadataOf(app, caller.sub),
      });
      const invoice = typeof made.latest_invoice === 'string' ? made.latest_invoice : (made.latest_invoice?.id ?? '');
      await app.stripe.invoices.finalizeInvoice(invoice);
      await app.stripe.invoices.pay(invoice, { paid_out_of_band: true });
      return made;
    });
    await app.stripe.subscriptions.update(sold.id, { description: 'Known now' });
    await settleUser(app, caller.sub);
    expect(await settledOperations(app, caller.sub, 'duplicate.resolve')).toMatchObject([
      { state: 'done', reason: 'refund_incomplete' },
    ]);
  });
});

describe('free days that support gives', () => {
  async function returningCustomer(): Promise<[Caller, string]> {
    const caller = await Caller.create(app);
    const first = await caller.post('/subscription', { ...starter, trial_days: 14 }).expect(201);
    const { id } = first.body as { id: number };
    await caller.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    await app.control('advance', { seconds: DAY });
    await caller.post('/subscription', starter).expect(201);
    await settleUser(app, caller.sub);
    const [live] = (await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() })).data;
    return [caller, live?.id ?? ''];
  }

  it('to a customer who had a trial are honoured: nothing is charged before their end', async () => {
    const [caller, subscription] = await returningCustomer();
    await app.control('advance', { seconds: 3 * DAY });
    const { items } = await app.stripe.subscriptions.retrieve(subscription);
    const until = (items.data[0]?.current_period_end ?? 0) + 30 * DAY;
    await app.stripe.subscriptions.update(subscription, { trial_end: until, proration_behavior: 'none' });
    await settleUser(app, caller.sub);
    expect(await app.stripe.subscriptions.retrieve(subscription)).toMatchObject({
      status: 'trialing',
      trial_end: until,
    });
    expect(await operationsOf(app, caller.sub, 'trial.end')).toEqual([]);
  });

  it('use nothing up: a customer without a trial can still have theirs', async () => {
    const [caller, customer] = await subscriber();
    const [live] = (await app.stripe.subscriptions.list({ customer })).data;
    await app.control('advance', { seconds: DAY });
    const { items } = await app.stripe.subscriptions.retrieve(live?.id ?? '');
    await app.stripe.subscriptions.update(live?.id ?? '', {
      trial_end: (items.data[0]?.current_period_end ?? 0) + 7 * DAY,
      proration_behavior: 'none',
    });
    await settleUser(app, caller.sub);
    expect((await caller.get('/customer')).body).toMatchObject({ trial_available: true });
  });
});

async function trainingPrice() {
  return app.stripe.prices.create({
    currency: 'usd',
    unit_amount: 9_900,
    recurring: { interval: 'month' },
    product_data: { name: 'On-site training' },
  });
}
