import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { settleUser } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;
/** Attaches, and is declined when it is charged. */
const DECLINED = 'pm_card_chargeCustomerFail';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
}, 60_000);
afterAll(() => app.close());

/** Moves Stripe's clock, and waits until what came of it has come in. */
async function advance(caller: Caller, days: number): Promise<void> {
  await app.control('advance', { seconds: days * DAY });
  await settleUser(app, caller.sub);
}

/** A subscription whose renewal was declined. */
async function pastDue(on: TestApp = app): Promise<{ caller: Caller; id: number }> {
  const caller = await Caller.create(on);
  const { body } = await caller
    .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
    .expect(201);
  await caller.addCard(DECLINED, true);
  await on.control('advance', { seconds: 32 * DAY });
  await settleUser(on, caller.sub);
  expect((await caller.get('/subscription')).body).toMatchObject({ status: 'past_due' });
  return { caller, id: body.id as number };
}

interface InvoiceBody {
  id: number;
  status: string;
  amount_due: number;
}

async function invoicesOf(caller: Caller): Promise<InvoiceBody[]> {
  return (await caller.get('/invoices').expect(200)).body as InvoiceBody[];
}

describe('a subscription that is past due, cancelled now', () => {
  const NOW = { cancel_at_period_end: false };

  it('leaves nothing to pay for the period that will not be had', async () => {
    const { caller, id } = await pastDue();
    const customer = await caller.stripeCustomerId();
    expect((await caller.post(`/subscription/${id}/cancel`, NOW).expect(200)).body).toMatchObject({
      status: 'canceled',
    });
    await settleUser(app, caller.sub);
    expect((await invoicesOf(caller)).map(({ status }) => status)).toEqual(['void', 'paid']);
    expect((await app.stripe.invoices.list({ customer, status: 'open' })).data).toEqual([]);
  });

  it('still has what else was on that invoice billed with the next one', async () => {
    const caller = await Caller.create(app);
    const wish = { tier: 'starter', payment_method_id: 'pm_card_visa' };
    const { body } = await caller.post('/subscription', wish).expect(201);
    const customer = await caller.stripeCustomerId();
    await app.stripe.invoiceItems.create({ customer, amount: 4_000, currency: 'usd', description: 'Data migration' });
    await caller.addCard(DECLINED, true);
    await advance(caller, 32);
    await caller.post(`/subscription/${body.id}/cancel`, NOW).expect(200);
    const { data } = await app.stripe.invoiceItems.list({ customer, pending: true });
    expect(data.map(({ amount, description }) => [amount, description])).toEqual([[4_000, 'Data migration']]);
  });

  it('still owes what an earlier period costs', async () => {
    await app.control('dunning', { final_action: 'past_due' });
    const { caller, id } = await pastDue();
    await advance(caller, 32);
    expect((await invoicesOf(caller)).map(({ status }) => status)).toEqual(['open', 'open', 'paid']);
    await caller.post(`/subscription/${id}/cancel`, NOW).expect(200);
    await settleUser(app, caller.sub);
    expect((await invoicesOf(caller)).map(({ status }) => status)).toEqual(['void', 'open', 'paid']);
    await app.control('dunning', { final_action: 'cancel' });
  });

  it('keeps its invoice open where CANCEL_OPEN_INVOICES says keep', async () => {
    const keeping = await createTestApp({ environment: { CANCEL_OPEN_INVOICES: 'keep' } });
    try {
      const { caller, id } = await pastDue(keeping);
      await caller.post(`/subscription/${id}/cancel`, NOW).expect(200);
      await settleUser(keeping, caller.sub);
      expect((await invoicesOf(caller)).map(({ status }) => status)).toEqual(['open', 'paid']);
    } finally {
      await keeping.close();
    }
  });
});
