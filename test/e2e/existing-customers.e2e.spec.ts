import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await createTestApp({ environment: { EXISTING_CUSTOMERS: 'refuse' } });
  admin = await Caller.of(app, 'root', { role: 'admin' });
});
afterAll(() => app.close());

const PURCHASE = { tier: 'starter', payment_method_id: 'pm_card_visa' };

/** A customer at Stripe that somebody else made; returns its id. */
async function madeBefore(email: string, { sold = true, metadata = {} } = {}): Promise<string> {
  const { id } = await app.stripe.customers.create({
    email,
    metadata,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  if (sold) await app.stripe.subscriptions.create({ customer: id, items: [{ price: app.prices.starter.month }] });
  await app.settle();
  return id;
}

const bearerOf = (sub: string, claims: Record<string, unknown> = {}) =>
  Caller.of(app, sub, { email: `${sub}@example.org`, email_verified: true, ...claims });

describe('a payer whose verified e-mail is that of a customer with a live subscription', () => {
  it('is not sold another one, by whatever way, until an operator links it; no customer is made', async () => {
    const id = await madeBefore('early@example.org');
    const early = await bearerOf('early');
    for (const request of [
      early.post('/subscription', PURCHASE),
      early.post('/checkout', { tier: 'starter' }),
      early.post('/payment-methods', { payment_method_id: 'pm_card_visa' }),
      early.post('/payment-methods/setup-intent'),
      early.patch('/customer', { name: 'Early' }),
    ]) {
      const { status, body } = await request;
      expect([status, (body as { code: string }).code]).toEqual([409, 'existing_customer']);
    }
    expect((await app.stripe.customers.list({ email: 'early@example.org' })).data).toHaveLength(1);
    await admin.post(`/payers/${encodeURIComponent('user:early')}/link`, { stripe_customer_id: id }).expect(200);
    await early.patch('/customer', { name: 'Early' }).expect(200);
    const again = await early.post('/subscription', PURCHASE);
    expect([again.status, again.body.code]).toEqual([409, 'subscription_exists']);
  });

  it('is sold one where that customer is linked to somebody else', async () => {
    const id = await madeBefore('shared@example.org');
    await admin.post(`/payers/${encodeURIComponent('org:shared')}/link`, { stripe_customer_id: id }).expect(200);
    await (await bearerOf('shared')).post('/subscription', PURCHASE).expect(201);
  });

  it.each([
    ['where the e-mail is not verified', { email_verified: false }, {}],
    ['where nothing is sold to that customer', {}, { sold: false }],
    [
      'where it is another installation’s, or an operator said that it is none',
      {},
      { metadata: { billing_instance: 'none' } },
    ],
  ])('is sold one %s', async (_what, claims, made) => {
    const sub = `free-${_what.length}`;
    await madeBefore(`${sub}@example.org`, made);
    await (await bearerOf(sub, claims)).post('/subscription', PURCHASE).expect(201);
  });
});
