import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { settledOperations } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const CARD_WITH_3DS = 'pm_card_authenticationRequired';

/** Does what Stripe.js does with a client secret, and what its owner does on the page of the bank. */
async function authenticate(clientSecret: string, outcome: 'succeed' | 'fail' = 'succeed'): Promise<void> {
  const intent = clientSecret.split('_secret_')[0] ?? '';
  await app.control('three_d_secure', { intent, outcome });
  await app.settle();
}

async function atStripe(caller: Caller): Promise<Stripe.Subscription | undefined> {
  const { data } = await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() });
  return data[0];
}

describe('a card that asks for 3-D Secure', () => {
  it('is the default once the first payment went through', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const wish = { tier: 'starter', payment_method_id: CARD_WITH_3DS };
    const { body } = await caller.post('/subscription', wish).expect(201);
    expect(body).toMatchObject({ status: 'incomplete', requires_action: true });
    expect((await caller.listCards()).find(({ is_default: isDefault }) => isDefault)).toMatchObject({
      card_last4: '4242',
    });
    await authenticate(body.client_secret as string);
    expect((await caller.get('/subscription')).body).toMatchObject({ id: body.id, status: 'active' });
    await settledOperations(app, caller.sub, 'card.make_default');
    const cards = await caller.listCards();
    expect(cards.map(({ card_last4: last4, is_default: isDefault }) => [last4, isDefault])).toEqual([
      ['3184', true],
      ['4242', false],
    ]);
    expect(await atStripe(caller)).toMatchObject({ default_payment_method: null });
  });

  it('is the default once the payment of an upgrade went through', async () => {
    const caller = await Caller.create(app);
    const bought = await caller
      .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
      .expect(201);
    const wish = { tier: 'enterprise', payment_method_id: CARD_WITH_3DS };
    const { body } = await caller.patch(`/subscription/${bought.body.id}`, wish).expect(200);
    expect(body).toMatchObject({ tier: 'starter', requires_action: true });
    await app.settle();
    await authenticate(body.client_secret as string);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'enterprise', status: 'active' });
    await settledOperations(app, caller.sub, 'card.make_default');
    expect((await caller.listCards())[0]).toMatchObject({ card_last4: '3184', is_default: true });
  });

  it('pays nothing any more when its upgrade is given up: the default does', async () => {
    const caller = await Caller.create(app);
    const bought = await caller
      .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
      .expect(201);
    const wish = { tier: 'enterprise', payment_method_id: CARD_WITH_3DS };
    await caller.patch(`/subscription/${bought.body.id}`, wish).expect(200);
    await app.settle();
    expect((await atStripe(caller))?.default_payment_method).not.toBeNull();
    await caller.post(`/subscription/${bought.body.id}/cancel`).expect(200);
    await app.settle();
    await eventually(async () => {
      expect(await atStripe(caller)).toMatchObject({ default_payment_method: null, pending_update: null });
    });
    expect((await caller.listCards())[0]).toMatchObject({ card_last4: '4242', is_default: true });
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', cancel_at_period_end: true });
  });
});

describe('an unfinished purchase', () => {
  it('with another coupon is another purchase: the unfinished one is cancelled', async () => {
    await app.stripe.coupons.create({ id: 'TEN', percent_off: 10, duration: 'once' });
    await app.stripe.coupons.create({ id: 'TWENTY', percent_off: 20, duration: 'once' });
    const caller = await Caller.create(app);
    const first = await caller.post('/subscription', { tier: 'starter', coupon_code: 'TEN' }).expect(201);
    const same = await caller.post('/subscription', { tier: 'starter', coupon_code: 'ten' }).expect(200);
    expect(same.body.id).toBe(first.body.id);
    const other = await caller.post('/subscription', { tier: 'starter', coupon_code: 'TWENTY' }).expect(201);
    expect(other.body).toMatchObject({ status: 'incomplete' });
    expect(other.body.id).not.toBe(first.body.id);
    await app.settle();
    const invoices = (await caller.get('/invoices')).body as { status: string; amount_due: number }[];
    expect(invoices.filter(({ status }) => status === 'open')).toMatchObject([{ amount_due: 23.2 }]);
  });
});
