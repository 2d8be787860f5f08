import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { settleUser } from '../support/operations.js';
import { RequestCosts } from '../support/request-cost.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;
/** Attaches, and is declined when it is charged. */
const DECLINED = 'pm_card_chargeCustomerFail';
/** Attaches, and wants each payment confirmed. */
const CONFIRMED = 'pm_card_authenticationRequired';

let app: TestApp;
let costs: RequestCosts;
beforeAll(async () => {
  app = await createTestApp();
  costs = new RequestCosts(app);
}, 60_000);
afterAll(() => app.close());

async function subscriber(card = 'pm_card_visa'): Promise<{ caller: Caller; id: number }> {
  const caller = await Caller.create(app);
  const { body } = await caller.post('/subscription', { tier: 'starter', payment_method_id: card }).expect(201);
  return { caller, id: body.id as number };
}

async function failRenewal(caller: Caller, card: string): Promise<void> {
  await caller.addCard(card, true);
  await app.control('advance', { seconds: 32 * DAY });
  await settleUser(app, caller.sub);
}

/** The current subscription as the API has it; the list says the same. */
async function shown(caller: Caller): Promise<Record<string, unknown>> {
  await settleUser(app, caller.sub);
  const current = (await caller.get('/subscription').expect(200)).body as Record<string, unknown>;
  expect((await caller.get('/subscriptions').expect(200)).body).toContainEqual(current);
  return current;
}

describe('payment_problem', () => {
  it('says why a renewal failed, when it is tried again and where it can be paid, and goes with the payment', async () => {
    const { caller } = await subscriber();
    expect(await shown(caller)).toMatchObject({ payment_problem: null, pending_change: null, pause_collection: null });
    await failRenewal(caller, DECLINED);
    const { payment_problem: problem, status } = await shown(caller);
    const [invoice] = (await caller.get('/invoices?status_filter=open')).body as { id: number; hosted_url: string }[];
    expect([status, problem]).toEqual([
      'past_due',
      {
        code: 'card_declined',
        decline_code: 'generic_decline',
        next_attempt_at: expect.stringMatching(/^20\d\d-/),
        pay_url: invoice?.hosted_url,
        invoice_id: invoice?.id,
      },
    ]);
    await caller.post(`/invoices/${invoice?.id}/pay`, { payment_method_id: 'pm_card_visa' }).expect(200);
    expect(await shown(caller)).toMatchObject({ status: 'active', payment_problem: null });
  });

  it('says that the bank wants a renewal confirmed, and that a purchase waits for a card', async () => {
    const { caller } = await subscriber();
    await failRenewal(caller, CONFIRMED);
    expect((await shown(caller)).payment_problem).toMatchObject({
      code: 'authentication_required',
      decline_code: null,
    });
    const bare = await Caller.create(app);
    await bare.post('/subscription', { tier: 'starter' }).expect(201);
    expect(await shown(bare)).toMatchObject({
      status: 'incomplete',
      payment_problem: { code: 'payment_method_required', next_attempt_at: null },
    });
  });

  it('is read without asking Stripe, and without a query for what is paid', async () => {
    const paid = await subscriber();
    const owing = await subscriber();
    await failRenewal(owing.caller, DECLINED);
    await settleUser(app, paid.caller.sub);
    const cost = await costs.of(owing.caller.get('/subscription').expect(200));
    expect(cost.stripe).toBe(0);
    expect((await costs.of(paid.caller.get('/subscription').expect(200))).sql).toBe(cost.sql - 2);
  });
});

describe('pending_change', () => {
  it('names the upgrade that waits for its confirmation, and goes when it is confirmed', async () => {
    const { caller, id } = await subscriber();
    const wish = { tier: 'enterprise', payment_method_id: CONFIRMED };
    const { body } = await caller.patch(`/subscription/${id}`, wish).expect(200);
    const waiting = await shown(caller);
    expect(waiting).toMatchObject({
      tier: 'starter',
      payment_problem: null,
      pending_change: { tier: 'enterprise', interval: 'month', payment_url: body.payment_url },
    });
    expect(JSON.stringify(waiting)).not.toContain('_secret_');
    const intent = String(body.client_secret).split('_secret_')[0];
    await app.control('three_d_secure', { intent, outcome: 'succeed' });
    expect(await shown(caller)).toMatchObject({ tier: 'enterprise', pending_change: null });
  });
});

describe('what an operator or the customer said', () => {
  it('is shown: that nothing is collected for a while, and why the customer leaves', async () => {
    const { caller, id } = await subscriber();
    const [subscription] = (await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() })).data;
    await app.stripe.subscriptions.update(subscription?.id ?? '', { pause_collection: { behavior: 'void' } });
    await caller.post(`/subscription/${id}/cancel`, { reason: 'Too expensive' }).expect(200);
    expect(await shown(caller)).toMatchObject({
      status: 'active',
      pause_collection: { behavior: 'void', resumes_at: null },
      cancellation_reason: 'Too expensive',
    });
  });

  it('how a dispute of a payment stands is kept with the payment, from the first to the last', async () => {
    const { caller } = await subscriber('pm_card_createDispute');
    await settleUser(app, caller.sub);
    const customer = await caller.stripeCustomerId();
    const kept = async () => {
      await settleUser(app, caller.sub);
      const query = `select dispute_status as status from payments p join customers c on c.id = p.customer_id
        where c.stripe_customer_id = $1`;
      return (await app.dataSource.query<{ status: string | null }[]>(query, [customer])).map(({ status }) => status);
    };
    expect(await kept()).toEqual(['needs_response']);
    const [charge] = (await app.stripe.charges.list({ customer })).data;
    const [dispute] = (await app.stripe.disputes.list({ charge: charge?.id ?? '' })).data;
    await app.stripe.disputes.close(dispute?.id ?? '');
    expect(await kept()).toEqual(['lost']);
  });

  it('drafts are listed where they are asked for, and only there', async () => {
    const { caller } = await subscriber();
    const customer = await caller.stripeCustomerId();
    await app.stripe.invoiceItems.create({ customer, amount: 500, currency: 'usd' });
    await app.stripe.invoices.create({ customer, auto_advance: false });
    await settleUser(app, caller.sub);
    const statuses = async (query: string) =>
      ((await caller.get(`/invoices${query}`).expect(200)).body as { status: string }[]).map(({ status }) => status);
    expect(await statuses('?status_filter=draft')).toEqual(['draft']);
    const [draft] = (await caller.get('/invoices?status_filter=draft')).body as { id: number }[];
    const path = `/invoices/${draft?.id}`;
    expect((await caller.get(path)).body).toMatchObject({ id: draft?.id, status: 'draft' });
    const early = await caller.post(`${path}/pay`);
    expect([early.status, early.body.code]).toEqual([409, 'invoice_state']);
    expect((await (await Caller.create(app)).get(path)).status).toBe(404);
    expect(await statuses('')).toEqual(['paid']);
  });
});
