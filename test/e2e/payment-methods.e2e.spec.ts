import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { PaymentMethod } from '../../src/payment-methods/payment-method.entity.js';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;

beforeAll(async () => {
  app = await createTestApp();
}, 60_000);
afterAll(async () => {
  await app.close();
});

async function stripeIdOf(id: number): Promise<string> {
  const row = await app.dataSource.getRepository(PaymentMethod).findOneByOrFail({ id });
  return row.stripePaymentMethodId ?? '';
}

async function defaultAtStripe(caller: Caller): Promise<unknown> {
  const customer = await app.stripe.customers.retrieve(await caller.stripeCustomerId());
  return customer.deleted === true ? undefined : customer.invoice_settings.default_payment_method;
}

/** A payment method as the browser makes it, attached to nobody. */
async function looseCard(number = '4242424242424242'): Promise<string> {
  const card = { number, exp_month: 12, exp_year: 2034, cvc: '123' };
  return (await app.stripe.paymentMethods.create({ type: 'card', card })).id;
}

/** Adds a payment method as a client does: it tries again while another request of the caller runs. */
async function add(caller: Caller, id: string, setAsDefault = false) {
  for (;;) {
    const answer = await caller.post('/payment-methods', { payment_method_id: id, set_as_default: setAsDefault });
    if (answer.status !== 409 || (answer.body as { code: string }).code !== 'conflict') return answer;
    expect(answer.headers['retry-after']).toBe('1');
  }
}

describe('payment methods', () => {
  it('are an empty list for a user without customer, and asking makes none', async () => {
    const caller = await Caller.create(app);
    expect(await caller.listCards()).toEqual([]);
    await caller.get('/customer').expect(200, 'null');
  });

  it('a user without customer adds a card, which becomes the default at Stripe too', async () => {
    const caller = await Caller.create(app);
    const card = await caller.addCard('pm_card_mastercard');
    expect(card).toEqual({
      id: expect.any(Number),
      type: 'card',
      is_default: true,
      card_brand: 'mastercard',
      card_last4: '4444',
      card_exp_month: expect.any(Number),
      card_exp_year: expect.any(Number),
    });
    expect(await caller.listCards()).toEqual([card]);
    expect(await defaultAtStripe(caller)).toBe(await stripeIdOf(card.id));
  });

  it('a second card becomes the default only when asked, and then alone', async () => {
    const caller = await Caller.create(app);
    const first = await caller.addCard('pm_card_visa');
    const second = await caller.addCard('pm_card_mastercard', false);
    expect(second.is_default).toBe(false);
    const third = await caller.addCard('pm_card_amex', true);
    expect(third.is_default).toBe(true);
    expect((await caller.listCards()).map(({ id, is_default }) => [id, is_default])).toEqual([
      [third.id, true],
      [second.id, false],
      [first.id, false],
    ]);
    expect(await defaultAtStripe(caller)).toBe(await stripeIdOf(third.id));
  });

  it('two cards added as default at once leave one default, the one that Stripe has', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_amex');
    await Promise.all(['pm_card_visa', 'pm_card_mastercard'].map((id) => add(caller, id, true)));
    expect(await caller.listCards()).toHaveLength(3);
    const defaults = (await caller.listCards()).filter((card) => card.is_default);
    expect(defaults).toHaveLength(1);
    expect(await defaultAtStripe(caller)).toBe(await stripeIdOf(defaults[0]?.id ?? 0));
  });

  it('the same payment method posted twice is one row, and can become the default that way', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_mastercard');
    const loose = await looseCard();
    const first = await caller.addCard(loose);
    expect(first.is_default).toBe(false);
    expect(await caller.addCard(loose)).toEqual(first);
    expect(await caller.addCard(loose, true)).toEqual({ ...first, is_default: true });
    expect(await caller.listCards()).toHaveLength(2);
  });

  it('of the same card twice the newer one stays and inherits the default', async () => {
    const caller = await Caller.create(app);
    const older = await caller.addCard('pm_card_visa');
    const olderStripeId = await stripeIdOf(older.id);
    const newer = await caller.addCard('pm_card_visa');
    expect(newer.id).not.toBe(older.id);
    expect(await caller.listCards()).toEqual([{ ...newer, is_default: true }]);
    expect((await app.stripe.paymentMethods.retrieve(olderStripeId)).customer).toBeNull();
    expect(await defaultAtStripe(caller)).toBe(await stripeIdOf(newer.id));
  });

  it('a card that is attached to another customer, detached or unknown answers alike and changes nothing', async () => {
    const owner = await Caller.create(app);
    const stranger = await Caller.create(app);
    const theirs = await stripeIdOf((await owner.addCard('pm_card_visa')).id);
    await stranger.addCard('pm_card_mastercard');
    const removed = await stranger.addCard('pm_card_amex');
    const detached = await stripeIdOf(removed.id);
    await stranger.delete(`/payment-methods/${removed.id}`).expect(204);
    const outside = await app.stripe.customers.create({ email: 'elsewhere@example.com' });
    const elsewhere = (await app.stripe.paymentMethods.attach('pm_card_visa', { customer: outside.id })).id;
    const before = await stranger.listCards();
    for (const id of [theirs, detached, elsewhere, 'pm_1Unknown0000000000000000', 'pm_card_unheardOf']) {
      const response = await stranger.post('/payment-methods', { payment_method_id: id }).expect(400);
      expect(response.body).toMatchObject({ code: 'invalid_payment_method', detail: 'Invalid payment method' });
    }
    expect(await stranger.listCards()).toEqual(before);
    expect((await app.stripe.paymentMethods.retrieve(theirs)).customer).toBe(await owner.stripeCustomerId());
  });

  it.each([
    ['pm_card_visa_chargeDeclined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
  ])('%s is refused with 402 %s and leaves nothing', async (token, declineCode) => {
    const caller = await Caller.create(app);
    const response = await caller.post('/payment-methods', { payment_method_id: token }).expect(402);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.body).toMatchObject({ code: 'card_declined', decline_code: declineCode });
    expect(await caller.listCards()).toEqual([]);
  });

  it.each([
    [{}, 'payment_method_id'],
    [{ payment_method_id: null }, 'payment_method_id'],
    [{ payment_method_id: 5 }, 'payment_method_id'],
    [{ payment_method_id: 'tok_visa' }, 'payment_method_id'],
    [{ payment_method_id: 'pm_a/../b' }, 'payment_method_id'],
    [{ payment_method_id: `pm_${'a'.repeat(300)}` }, 'payment_method_id'],
    [{ payment_method_id: 'pm_card_visa', set_as_default: 'yes' }, 'set_as_default'],
    [{ payment_method_id: 'pm_card_visa', setAsDefault: true }, 'setAsDefault'],
  ])('the body %j is refused with 400 that names the field, and makes no customer', async (body, field) => {
    const caller = await Caller.create(app);
    const response = await caller.post('/payment-methods', body).expect(400);
    expect(response.body).toMatchObject({ code: 'validation_failed', errors: [expect.objectContaining({ field })] });
    await caller.get('/customer').expect(200, 'null');
  });

  it('a customer has at most 20 of them, however many requests come at once', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const customer = await caller.stripeCustomerId();
    for (let made = 1; made < 18; made++) await app.stripe.paymentMethods.attach('pm_card_visa', { customer });
    await app.settle();
    expect(await caller.listCards()).toHaveLength(18);
    const numbers = ['5555555555554444', '378282246310005', '6011111111111117', '3056930009020004', '3566002020360505'];
    const loose = await Promise.all(numbers.map((number) => looseCard(number)));
    const answers = await Promise.all(loose.map((id) => add(caller, id)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 201, 409, 409, 409]);
    expect(answers.find((answer) => answer.status === 409)?.body).toMatchObject({ code: 'payment_method_limit' });
    expect(await caller.listCards()).toHaveLength(20);
    await caller.post('/payment-methods/setup-intent').expect(409);
  });

  it('a payment method that is no card is listed without card fields', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const customerId = (await caller.get('/customer')).body.id as number;
    const row = { customerId, stripePaymentMethodId: 'pm_1Sepa', type: 'bank_account', version: 1 } as const;
    await app.dataSource.getRepository(PaymentMethod).insert(row);
    expect((await caller.listCards())[1]).toMatchObject({ type: 'bank_account', card_brand: null, card_last4: null });
  });

  it('keep neither name, e-mail nor street of the billing details', async () => {
    const caller = await Caller.create(app);
    const { id } = await app.stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_visa' },
      billing_details: {
        name: 'Ada Lovelace',
        email: 'ada@example.com',
        address: { line1: "12 St James's Square", country: 'GB', postal_code: 'SW1Y 4JH' },
      },
    });
    const card = await caller.addCard(id);
    const row = await app.dataSource.getRepository(PaymentMethod).findOneByOrFail({ id: card.id });
    expect(row.billingDetails).toEqual({ country: 'GB', postal_code: 'SW1Y 4JH' });
  });
});

describe('the default payment method', () => {
  it('is changed here and at Stripe', async () => {
    const caller = await Caller.create(app);
    const first = await caller.addCard('pm_card_visa');
    const second = await caller.addCard('pm_card_mastercard', true);
    const response = await caller.post(`/payment-methods/${first.id}/default`).expect(200);
    expect(response.body).toEqual({ ...first, is_default: true });
    expect((await caller.listCards()).map(({ id, is_default }) => [id, is_default])).toEqual([
      [first.id, true],
      [second.id, false],
    ]);
    expect(await defaultAtStripe(caller)).toBe(await stripeIdOf(first.id));
  });

  it('cannot be one that was detached at Stripe without our knowledge', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const other = await caller.addCard('pm_card_mastercard');
    await app.stripe.paymentMethods.detach(await stripeIdOf(other.id));
    const { status } = await caller.post(`/payment-methods/${other.id}/default`);
    expect([404, 409]).toContain(status);
    await caller.post(`/payment-methods/${other.id}/default`).expect(404);
    expect((await caller.listCards()).map((card) => card.is_default)).toEqual([true]);
  });
});

describe('removing a payment method', () => {
  it('detaches it for good, and the newest of the others becomes the default', async () => {
    const caller = await Caller.create(app);
    const oldest = await caller.addCard('pm_card_visa');
    const newest = await caller.addCard('pm_card_mastercard');
    const removed = await caller.addCard('pm_card_amex', true);
    const stripeId = await stripeIdOf(removed.id);
    const response = await caller.delete(`/payment-methods/${removed.id}`).expect(204);
    expect(response.text).toBe('');
    expect((await caller.listCards()).map(({ id, is_default }) => [id, is_default])).toEqual([
      [newest.id, true],
      [oldest.id, false],
    ]);
    expect((await app.stripe.paymentMethods.retrieve(stripeId)).customer).toBeNull();
    expect(await defaultAtStripe(caller)).toBe(await stripeIdOf(newest.id));
  });

  it('leaves the default alone when it was another one', async () => {
    const caller = await Caller.create(app);
    const first = await caller.addCard('pm_card_visa');
    const second = await caller.addCard('pm_card_mastercard');
    await caller.delete(`/payment-methods/${second.id}`).expect(204);
    expect(await caller.listCards()).toEqual([first]);
  });

  it('of the last one leaves no default, and the next one becomes it', async () => {
    const caller = await Caller.create(app);
    const only = await caller.addCard('pm_card_visa');
    await caller.delete(`/payment-methods/${only.id}`).expect(204);
    expect(await caller.listCards()).toEqual([]);
    expect(await defaultAtStripe(caller)).toBeNull();
    expect((await caller.addCard('pm_card_visa')).is_default).toBe(true);
  });

  it('answers 404 the second time, also for its other routes', async () => {
    const caller = await Caller.create(app);
    const { id } = await caller.addCard('pm_card_visa');
    await caller.delete(`/payment-methods/${id}`).expect(204);
    const again = await caller.delete(`/payment-methods/${id}`).expect(404);
    expect(again.body).toMatchObject({ code: 'not_found', detail: 'Payment method not found' });
    await caller.post(`/payment-methods/${id}/default`).expect(404);
  });

  it('that Stripe has detached already succeeds', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const other = await caller.addCard('pm_card_mastercard');
    await app.stripe.paymentMethods.detach(await stripeIdOf(other.id));
    const { status } = await caller.delete(`/payment-methods/${other.id}`);
    expect([204, 404]).toContain(status);
    expect(await caller.listCards()).toHaveLength(1);
  });
});

describe('the payment methods of a subscriber', () => {
  const subscribe = async (caller: Caller, params: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    app.stripe.subscriptions.create({
      customer: await caller.stripeCustomerId(),
      items: [{ price: app.prices.professional.month }],
      ...params,
    });

  it('keep the only card of a live paid subscription', async () => {
    const caller = await Caller.create(app);
    const card = await caller.addCard('pm_card_visa');
    await subscribe(caller);
    const response = await caller.delete(`/payment-methods/${card.id}`).expect(409);
    expect(response.body).toMatchObject({ code: 'payment_method_in_use' });
    expect(await caller.listCards()).toEqual([card]);
    expect((await app.stripe.paymentMethods.retrieve(await stripeIdOf(card.id))).customer).not.toBeNull();
  });

  it('let the only card go when nothing more will be charged', async () => {
    const ending = await Caller.create(app);
    const card = await ending.addCard('pm_card_visa');
    const { id } = await subscribe(ending);
    await app.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await ending.delete(`/payment-methods/${card.id}`).expect(204);

    const free = await Caller.create(app);
    const other = await free.addCard('pm_card_visa');
    const product = (await app.stripe.products.create({ name: 'Free' })).id;
    const recurring = { interval: 'month' } as const;
    const price = await app.stripe.prices.create({ product, currency: 'usd', unit_amount: 0, recurring });
    await subscribe(free, { items: [{ price: price.id }] });
    await free.delete(`/payment-methods/${other.id}`).expect(204);
  });

  it('pay through the default alone, whatever the subscription named before', async () => {
    const caller = await Caller.create(app);
    const first = await caller.addCard('pm_card_visa');
    const own = await stripeIdOf(first.id);
    const { id } = await subscribe(caller, { default_payment_method: own });
    const second = await caller.addCard('pm_card_mastercard');
    expect((await app.stripe.subscriptions.retrieve(id)).default_payment_method).toBe(own);
    await caller.post(`/payment-methods/${second.id}/default`).expect(200);
    expect((await app.stripe.subscriptions.retrieve(id)).default_payment_method).toBeNull();
  });

  it('do not leave a subscription with a card that was removed', async () => {
    const caller = await Caller.create(app);
    await caller.addCard('pm_card_visa');
    const second = await caller.addCard('pm_card_mastercard');
    const { id } = await subscribe(caller, { default_payment_method: await stripeIdOf(second.id) });
    await caller.delete(`/payment-methods/${second.id}`).expect(204);
    expect((await app.stripe.subscriptions.retrieve(id)).default_payment_method).toBeNull();
  });
});

describe('a setup intent', () => {
  it('collects a card for charges without its owner, and is not cached', async () => {
    const caller = await Caller.create(app);
    const response = await caller.post('/payment-methods/setup-intent').expect(201);
    expect(response.headers['cache-control']).toBe('no-store');
    const { id } = response.body as { id: string };
    expect(id).toMatch(/^seti_[A-Za-z0-9]+$/);
    expect(response.body).toEqual({
      id,
      client_secret: expect.stringMatching(`^${id}_secret_.+`),
      usage: 'off_session',
    });
    const confirmed = await app.stripe.setupIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(confirmed).toMatchObject({ status: 'succeeded', usage: 'off_session' });
    const card = await caller.addCard(confirmed.payment_method as string);
    expect(card).toMatchObject({ card_last4: '4242', is_default: true });
  });
});

describe('the payment methods of others', () => {
  it('answer exactly like absent ones', async () => {
    const owner = await Caller.create(app);
    const stranger = await Caller.create(app);
    const { id } = await owner.addCard('pm_card_visa');
    await stranger.addCard('pm_card_visa');
    for (const path of [`/payment-methods/${id}`, '/payment-methods/2147483647', '/payment-methods/2147483648']) {
      for (const response of [await stranger.delete(path), await stranger.post(`${path}/default`)]) {
        expect(response.status).toBe(404);
        expect({ ...response.body, request_id: null }).toEqual({
          type: 'about:blank',
          title: 'Not Found',
          status: 404,
          detail: 'Payment method not found',
          message: 'Payment method not found',
          code: 'not_found',
          request_id: null,
        });
      }
    }
    for (const malformed of ['0', '-1', 'abc', '1.5', '1e3', '99999999999999999999'])
      await stranger.delete(`/payment-methods/${malformed}`).expect(404);
    expect(await owner.listCards()).toHaveLength(1);
    expect(await stranger.listCards()).toHaveLength(1);
  });

  it('are shown to nobody without a token', async () => {
    await app.http.get('/payment-methods').expect(401);
    await app.http.post('/payment-methods').send({ payment_method_id: 'pm_card_visa' }).expect(401);
    await app.http.post('/payment-methods/setup-intent').expect(401);
    await app.http.post('/payment-methods/1/default').expect(401);
    await app.http.delete('/payment-methods/1').expect(401);
  });
});
