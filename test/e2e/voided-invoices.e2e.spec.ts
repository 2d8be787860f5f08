import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OperationRecovery } from '../../src/reconciliation/operation-recovery.js';
import { Caller } from '../support/caller.js';
import { settleUser } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const MONTH = 32 * 86_400;
/** Attaches, and is declined when it is charged. */
const DECLINED = 'pm_card_chargeCustomerFail';
/** Attaches, and wants each payment confirmed. */
const CONFIRMED = 'pm_card_authenticationRequired';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
}, 60_000);
afterAll(() => app.close());

/** What support put on the next invoice. */
async function addItems(customer: string): Promise<void> {
  for (const [amount, description] of [
    [4_000, 'Data migration'],
    [-700, 'Goodwill'],
  ] as const)
    await app.stripe.invoiceItems.create({
      customer,
      amount,
      currency: 'usd',
      description,
      metadata: { ticket: '77' },
    });
}

async function waiting(customer: string) {
  const { data } = await app.stripe.invoiceItems.list({ customer, pending: true });
  return data.map(({ amount, description, metadata }) => [amount, description, metadata?.ticket]).sort();
}

const ITEMS = [
  [-700, 'Goodwill', '77'],
  [4_000, 'Data migration', '77'],
];

describe('what support put on the next invoice', () => {
  let caller: Caller;
  let customer: string;
  let id: number;
  beforeEach(async () => {
    caller = await Caller.create(app);
    const body = { tier: 'starter', payment_method_id: 'pm_card_visa' };
    id = ((await caller.post('/subscription', body).expect(201)).body as { id: number }).id;
    customer = await caller.stripeCustomerId();
    await addItems(customer);
  });

  it('is billed at the renewal when an upgrade was declined and its invoice voided', async () => {
    await caller.patch(`/subscription/${id}`, { tier: 'professional', payment_method_id: DECLINED }).expect(402);
    await settleUser(app, caller.sub);
    expect(await waiting(customer)).toEqual(ITEMS);
    await app.control('advance', { seconds: MONTH });
    await settleUser(app, caller.sub);
    const [renewal] = (await app.stripe.invoices.list({ customer })).data;
    expect([renewal?.billing_reason, renewal?.amount_paid]).toEqual(['subscription_cycle', 2_900 + 4_000 - 700]);
  });

  it('waits on when an upgrade that the bank wants confirmed is given up, by another change or by cancelling', async () => {
    const wish = { tier: 'professional', payment_method_id: CONFIRMED };
    await caller.patch(`/subscription/${id}`, wish).expect(200);
    expect(await waiting(customer)).toEqual([]);
    await caller.patch(`/subscription/${id}`, wish).expect(200);
    await caller.post(`/subscription/${id}/cancel`).expect(200);
    await settleUser(app, caller.sub);
    expect(await waiting(customer)).toEqual(ITEMS);
  });

  it('is billed once when the upgrade is paid', async () => {
    await caller.patch(`/subscription/${id}`, { tier: 'professional' }).expect(200);
    expect(await waiting(customer)).toEqual([]);
  });
});

describe('what waited before a first purchase', () => {
  it.each([
    ['was declined', DECLINED, 402],
    ['waits for its confirmation and is given up', CONFIRMED, 201],
  ])('waits on when that %s', async (_name, card, status) => {
    const caller = await Caller.create(app);
    const customer = await caller.stripeCustomerId();
    await addItems(customer);
    const bought = await caller.post('/subscription', { tier: 'starter', payment_method_id: card }).expect(status);
    if (status === 201) await caller.post(`/subscription/${(bought.body as { id: number }).id}/cancel`, {}).expect(200);
    await settleUser(app, caller.sub);
    expect(await waiting(customer)).toEqual(ITEMS);
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    const [invoice] = (await app.stripe.invoices.list({ customer })).data;
    expect(invoice?.amount_paid).toBe(2_900 + 4_000 - 700);
    expect(await waiting(customer)).toEqual([]);
  });
});

describe('what was on an invoice whose process died after it was voided', () => {
  const open = (path: string) => ({ kind: 'break_before', method: 'POST', path, times: 100 });

  /** A request that comes no further than the void; the rest is left to the recovery. */
  async function cutShort(send: () => Promise<unknown>): Promise<void> {
    await app.control('faults', open('/v1/invoiceitems'));
    await send();
    await app.control('faults/clear', {});
    await app.app.get(OperationRecovery, { strict: false }).recoverAll();
  }

  it.each([
    ['an upgrade that was declined', DECLINED],
    ['an upgrade that is given up', CONFIRMED],
  ])('waits for the next one all the same: %s', async (_name, card) => {
    const caller = await Caller.create(app);
    const body = { tier: 'starter', payment_method_id: 'pm_card_visa' };
    const { id } = (await caller.post('/subscription', body).expect(201)).body as { id: number };
    const customer = await caller.stripeCustomerId();
    await addItems(customer);
    const upgrade = () => caller.patch(`/subscription/${id}`, { tier: 'professional', payment_method_id: card });
    if (card === CONFIRMED) await upgrade().expect(200);
    const send = card === CONFIRMED ? () => caller.post(`/subscription/${id}/cancel`) : upgrade;
    await cutShort(() => send().expect(503));
    await settleUser(app, caller.sub);
    expect(await waiting(customer)).toEqual(ITEMS);
  });

  it.each([
    ['a purchase that was declined', DECLINED],
    ['a purchase that is given up', CONFIRMED],
  ])('waits for the next one all the same: %s', async (_name, card) => {
    const caller = await Caller.create(app);
    const customer = await caller.stripeCustomerId();
    await addItems(customer);
    const buy = () => caller.post('/subscription', { tier: 'starter', payment_method_id: card });
    if (card === DECLINED) await cutShort(() => buy().expect(503));
    else {
      const { id } = (await buy().expect(201)).body as { id: number };
      await cutShort(() => caller.post(`/subscription/${id}/cancel`).expect(503));
    }
    await settleUser(app, caller.sub);
    expect(await waiting(customer)).toEqual(ITEMS);
  });
});
