import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { withoutEvents } from '../support/lost-events.js';
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

  it('leaves nothing to pay either while the renewal that was declined is not known here yet', async () => {
    const caller = await Caller.create(app);
    const wish = { tier: 'starter', payment_method_id: 'pm_card_visa' };
    const { body } = await caller.post('/subscription', wish).expect(201);
    const customer = await caller.stripeCustomerId();
    await caller.addCard(DECLINED, true);
    await withoutEvents(app, async () => {
      await app.control('advance', { seconds: 32 * DAY });
      expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
      await caller.post(`/subscription/${body.id}/cancel`, NOW).expect(200);
    });
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

describe('POST /invoices/:id/pay', () => {
  const CONFIRMED = 'pm_card_authenticationRequired';

  async function open(caller: Caller): Promise<string> {
    const { body } = await caller.get('/invoices?status_filter=open').expect(200);
    return `/invoices/${String((body as InvoiceBody[])[0]?.id)}/pay`;
  }

  async function defaultCard(caller: Caller): Promise<string | null | undefined> {
    return (await caller.listCards()).find(({ is_default: isDefault }) => isDefault)?.card_last4;
  }

  it('makes a subscription that is past due active again with another card, which pays from then on', async () => {
    const { caller } = await pastDue();
    const { body } = await caller.post(await open(caller), { payment_method_id: 'pm_card_mastercard' }).expect(200);
    expect(body).toMatchObject({ status: 'paid', amount_paid: 29, requires_action: false, client_secret: null });
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    expect(await defaultCard(caller)).toBe('4444');
    await settleUser(app, caller.sub);
    const [charge] = (await app.stripe.charges.list({ customer: await caller.stripeCustomerId() })).data;
    expect(charge?.payment_method_details?.card?.last4).toBe('4444');
  });

  it('makes one that is unpaid after the last retry active again', async () => {
    await app.control('dunning', { final_action: 'unpaid' });
    try {
      const { caller } = await pastDue();
      await advance(caller, 20);
      expect((await caller.get('/subscription')).body).toMatchObject({ status: 'unpaid' });
      await caller.post(await open(caller), { payment_method_id: 'pm_card_visa' }).expect(200);
      expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    } finally {
      await app.control('dunning', { final_action: 'cancel' });
    }
  });

  it('says why the card was declined, and keeps neither the card nor a changed default', async () => {
    const { caller } = await pastDue();
    const cards = await caller.listCards();
    const path = await open(caller);
    const { body } = await caller.post(path, { payment_method_id: DECLINED }).expect(402);
    expect(body).toMatchObject({ code: 'card_declined', decline_code: 'generic_decline' });
    expect((await caller.post(path).expect(402)).body).toMatchObject({ code: 'card_declined' });
    await settleUser(app, caller.sub);
    expect(await caller.listCards()).toEqual(cards);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'past_due' });
  });

  it('lets the bank have the payment confirmed, after which that card pays', async () => {
    const { caller } = await pastDue();
    const path = await open(caller);
    const { body } = await caller.post(path, { payment_method_id: CONFIRMED }).expect(200);
    expect(body).toMatchObject({ status: 'open', requires_action: true, payment_url: expect.stringContaining('http') });
    expect(await defaultCard(caller)).not.toBe('3184');
    const intent = String(body.client_secret).split('_secret_')[0];
    await app.control('three_d_secure', { intent, outcome: 'succeed' });
    await settleUser(app, caller.sub);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    expect(await defaultCard(caller)).toBe('3184');
  });

  async function paidCharges(caller: Caller): Promise<number> {
    const { data } = await app.stripe.charges.list({ customer: await caller.stripeCustomerId() });
    return data.filter(({ status }) => status === 'succeeded').length;
  }

  it('charges once however often it is sent with the same key', async () => {
    const { caller } = await pastDue();
    const path = await open(caller);
    const send = () =>
      caller.post(path, { payment_method_id: 'pm_card_visa' }).set('Idempotency-Key', 'pay-once').expect(200);
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
    expect(await paidCharges(caller)).toBe(2);
  });

  it('charges once when two cards are given at the same moment', async () => {
    const { caller } = await pastDue();
    const path = await open(caller);
    const both = ['pm_card_visa', 'pm_card_mastercard'].map((card) => caller.post(path, { payment_method_id: card }));
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 409]);
    expect(await paidCharges(caller)).toBe(2);
  });

  it('refuses what is paid or void, and tells somebody without a card to add one', async () => {
    const { caller, id } = await pastDue();
    const [renewal, first] = await invoicesOf(caller);
    expect((await caller.post(`/invoices/${first?.id}/pay`).expect(409)).body).toMatchObject({
      code: 'invoice_state',
      detail: 'This invoice has already been paid',
    });
    await caller.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    await settleUser(app, caller.sub);
    const refused = await caller
      .post(`/invoices/${renewal?.id}/pay`, { payment_method_id: 'pm_card_visa' })
      .expect(409);
    expect(refused.body).toMatchObject({ code: 'invoice_state' });
    const bare = await Caller.create(app);
    await bare.post('/subscription', { tier: 'starter' }).expect(201);
    await settleUser(app, bare.sub);
    expect((await bare.post(await open(bare)).expect(409)).body).toMatchObject({ code: 'payment_method_required' });
  });

  it('pays one that was written off, and the first one of a purchase that was left unfinished', async () => {
    const { caller } = await pastDue();
    const path = await open(caller);
    const [invoice] = (await app.stripe.invoices.list({ customer: await caller.stripeCustomerId() })).data;
    await app.stripe.invoices.markUncollectible(invoice?.id ?? '');
    await settleUser(app, caller.sub);
    expect((await caller.post(path, { payment_method_id: 'pm_card_visa' }).expect(200)).body).toMatchObject({
      status: 'paid',
    });
    const bare = await Caller.create(app);
    await bare.post('/subscription', { tier: 'starter' }).expect(201);
    await settleUser(app, bare.sub);
    await bare.post(await open(bare), { payment_method_id: 'pm_card_visa' }).expect(200);
    expect((await bare.get('/subscription')).body).toMatchObject({ status: 'active' });
    expect(await defaultCard(bare)).toBe('4242');
  });
});

describe('a payment of an invoice whose answer is lost', () => {
  const lost = { kind: 'break_after', method: 'POST', path: '/v1/invoices/*/pay', times: 3 };

  async function losePayment(): Promise<{ caller: Caller; again: () => ReturnType<Caller['post']> }> {
    const { caller } = await pastDue();
    const [open] = await invoicesOf(caller);
    const again = () => caller.post(`/invoices/${open?.id}/pay`, { payment_method_id: 'pm_card_mastercard' });
    await app.control('faults', lost);
    expect((await again()).status).toBe(503);
    return { caller, again };
  }

  async function expectPaidOnce(caller: Caller): Promise<void> {
    await settleUser(app, caller.sub);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    const [card] = await caller.listCards();
    expect(card).toMatchObject({ card_last4: '4444', is_default: true });
    const { data } = await app.stripe.charges.list({ customer: await caller.stripeCustomerId() });
    expect(data.filter(({ status }) => status === 'succeeded')).toHaveLength(2);
  }

  it('is finished by the same request', async () => {
    const { caller, again } = await losePayment();
    await again().expect(200);
    await expectPaidOnce(caller);
  });

  it('is finished by the recovery', async () => {
    const { caller } = await losePayment();
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
    await expectPaidOnce(caller);
  });
});

describe('a new default card', () => {
  it.each([
    [
      'added as the default',
      (caller: Caller) => caller.post('/payment-methods', { payment_method_id: 'pm_card_visa', set_as_default: true }),
    ],
    [
      'given to the subscription',
      (caller: Caller, id: number) => caller.patch(`/subscription/${id}`, { payment_method_id: 'pm_card_visa' }),
    ],
  ])('%s pays the open invoice of a subscription that is past due at once', async (_how, give) => {
    const { caller, id } = await pastDue();
    const { status } = await give(caller, id);
    expect([200, 201]).toContain(status);
    await settleUser(app, caller.sub);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
    expect((await invoicesOf(caller)).map((invoice) => invoice.status)).toEqual(['paid', 'paid']);
  });

  it('that is chosen among those there are does so, too; a declined one changes nothing', async () => {
    const { caller } = await pastDue();
    const good = (await caller.listCards()).find(({ card_last4: last4 }) => last4 === '4242');
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await settleUser(app, caller.sub);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'past_due' });
    await caller.post(`/payment-methods/${good?.id}/default`).expect(200);
    await settleUser(app, caller.sub);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'active' });
  });

  it('charges nobody who owes nothing', async () => {
    const caller = await Caller.create(app);
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    await caller.addCard('pm_card_mastercard', true);
    await settleUser(app, caller.sub);
    expect((await app.stripe.charges.list({ customer: await caller.stripeCustomerId() })).data).toHaveLength(1);
  });
});
