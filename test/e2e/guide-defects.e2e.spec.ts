import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf, reaches } from '../support/webhook-deliveries.js';

/** Critical and high defects of the implementation guide that no other spec names; each test proves the right behaviour. */
let app: TestApp;
let user: Caller;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  user = await Caller.create(app);
});

const VISA = { payment_method_id: 'pm_card_visa' };

async function buy(wish: object = {}): Promise<{ id: number }> {
  const response = await user.post('/subscription', { tier: 'professional', ...VISA, ...wish });
  expect([response.status, response.body]).toEqual([201, expect.objectContaining({ id: expect.any(Number) })]);
  return response.body as { id: number };
}

async function atStripe(): Promise<Stripe.Subscription[]> {
  const customer = await user.stripeCustomerId();
  return (await app.stripe.subscriptions.list({ customer, status: 'all' })).data;
}

async function rowOf(id: number): Promise<Record<string, unknown>> {
  const [row] = await app.dataSource.query<Record<string, unknown>[]>('select * from subscriptions where id = $1', [
    id,
  ]);
  return row ?? {};
}

/** Lets Stripe say that the caller's subscription is now different, and waits until that is handled. */
async function announce(changes: object): Promise<void> {
  await app.settle();
  const [subscription] = await atStripe();
  const later = Math.floor(Date.now() / 1000) + 10;
  const event = eventOf('customer.subscription.updated', { ...subscription, ...changes }, { created: later });
  await deliver(app, event).expect(200);
  await reaches(app, event.id, 'done');
}

/** The items of the caller's subscription with another price. */
async function itemsWith(price: object): Promise<object> {
  const [subscription] = await atStripe();
  const items = subscription?.items;
  return { ...items, data: items?.data.map((item) => ({ ...item, price: { ...item.price, ...price } })) };
}

describe('what Stripe says', () => {
  it.each([
    ['past_due', 'past_due'],
    ['unpaid', 'unpaid'],
    ['paused', 'paused'],
    ['incomplete', 'incomplete'],
    ['hibernating', 'active'],
  ])(
    'B4, H2: a subscription that is %s at Stripe lives here: it is shown, and no second one can be bought',
    async (word, shown) => {
      const { id } = await buy();
      await announce({ status: word });
      expect(await rowOf(id)).toMatchObject({ stripe_status: word });
      const { body } = await user.get('/subscription').expect(200);
      expect(body).toMatchObject({ id });
      if (word !== 'hibernating') expect(body).toMatchObject({ status: shown });
      if (word !== 'incomplete') await user.post('/subscription', { tier: 'starter', ...VISA }).expect(409);
    },
  );

  it('B4: incomplete_expired is an end, and makes room for another purchase', async () => {
    await buy();
    await announce({ status: 'incomplete_expired', ended_at: Math.floor(Date.now() / 1000) });
    expect((await user.get('/subscription').expect(200)).body).toBeNull();
    const { body } = await user.get('/subscriptions').expect(200);
    expect(body).toMatchObject([{ status: 'incomplete_expired' }]);
  });

  it('B6: the ids that later calls need are kept', async () => {
    const { id } = await buy({ interval: 'year' });
    const [subscription] = await atStripe();
    expect(await rowOf(id)).toMatchObject({
      stripe_item_id: subscription?.items.data[0]?.id,
      stripe_price_id: app.prices.professional.year,
      quantity: 1,
      latest_stripe_invoice_id: subscription?.latest_invoice,
    });
  });

  it.each([
    [
      'D7: a price without a whole unit amount is not shown as nothing, nor rounded',
      { unit_amount: null, unit_amount_decimal: '79.5' },
      'usd',
      null,
    ],
    ['P2: yen have no decimals', { unit_amount: 3000, currency: 'jpy' }, 'jpy', 3000],
    ['P2: dinars have three', { unit_amount: 29_125, currency: 'kwd' }, 'kwd', 29.125],
    ['P1: cents are exact', { unit_amount: 1_999_999_999_99 }, 'usd', 1_999_999_999.99],
    ['P1: a tenth is a tenth', { unit_amount: 10 }, 'usd', 0.1],
  ])('%s', async (_name, price, currency, amount) => {
    await buy();
    const other = { id: 'price_of_another_plan', product: 'prod_of_another_plan', unit_amount_decimal: null };
    await announce({ currency, items: await itemsWith({ ...other, ...price }) });
    const { body } = await user.get('/subscription').expect(200);
    const reason = amount === null ? 'below_minor_unit' : null;
    expect(body).toMatchObject({ amount, amount_reason: reason, currency, tier: 'custom' });
  });

  it('D8, P3: periods are those of the item, in UTC', async () => {
    const { id } = await buy({ trial_days: 7 });
    const [subscription] = await atStripe();
    const item = subscription?.items.data[0];
    const at = (seconds = 0) => new Date(seconds * 1000).toISOString();
    expect((await user.get('/subscription').expect(200)).body).toMatchObject({
      id,
      current_period_start: at(item?.current_period_start),
      current_period_end: at(item?.current_period_end),
      trial_start: at(subscription?.trial_start ?? 0),
      trial_end: at(subscription?.trial_end ?? 0),
    });
    expect((subscription?.trial_end ?? 0) - (subscription?.trial_start ?? 0)).toBe(7 * 24 * 3600);
  });

  it('D16: the tier is that of the price, whatever was asked for', async () => {
    await buy({ tier: 'starter' });
    await announce({
      items: await itemsWith({
        id: app.prices.enterprise.month,
        unit_amount: 19_900,
        unit_amount_decimal: '19900',
      }),
    });
    expect((await user.get('/subscription').expect(200)).body).toMatchObject({ tier: 'enterprise', amount: 199 });
  });

  it('H1: a second live subscription made at Stripe does not break reading', async () => {
    const { id } = await buy();
    await app.settle();
    const customer = await user.stripeCustomerId();
    await app.stripe.subscriptions.create({ customer, items: [{ price: app.prices.starter.month }] });
    await app.settle();
    expect((await user.get('/subscription').expect(200)).body).toMatchObject({ id, tier: 'professional' });
    await user.get('/subscriptions').expect(200);
  });
});

describe('purchases and changes', () => {
  it('C3: a customer row without a customer at Stripe gets one', async () => {
    await user.get('/customer').expect(200);
    await app.dataSource.query(
      `insert into customers (user_id, email) select id, 'half@example.com' from users where external_id = $1`,
      [user.sub],
    );
    await buy();
    expect(await user.stripeCustomerId()).toMatch(/^cus_/);
    expect(await atStripe()).toHaveLength(1);
  });

  it('D3: an answer of Stripe that is lost neither loses nor repeats the purchase', async () => {
    await app.control('faults', { kind: 'break_after', method: 'POST', path: '/v1/subscriptions', times: 1 });
    await buy();
    expect(await atStripe()).toMatchObject([{ status: 'active' }]);
    await app.settle();
    expect((await user.get('/invoices').expect(200)).body).toHaveLength(1);
  });

  it('D4, E9: a card of another user does not pay, and stays theirs', async () => {
    const other = await Caller.create(app);
    const { id: theirs } = await other.addCard('pm_card_mastercard');
    const [card] = await app.dataSource.query<{ id: string }[]>(
      'select stripe_payment_method_id as id from customer_payment_methods where id = $1',
      [theirs],
    );
    const stolen = { payment_method_id: card?.id };
    const refused = [await user.post('/subscription', { tier: 'starter', ...stolen })];
    const { id } = await buy();
    refused.push(
      await user.patch(`/subscription/${id}`, stolen),
      await user.patch(`/subscription/${id}`, { payment_method_id: theirs }),
    );
    for (const { status, body } of refused)
      expect([status, body]).toEqual([400, expect.objectContaining({ detail: 'Invalid payment method' })]);
    expect(await other.listCards()).toMatchObject([{ id: theirs, is_default: true }]);
  });

  it('D5, M2: a coupon that is none is refused, before anything is bought', async () => {
    const { body } = await user.post('/subscription', { tier: 'starter', ...VISA, coupon_code: 'NO-SUCH' }).expect(400);
    expect(body).toMatchObject({ code: 'invalid_coupon', detail: 'Invalid coupon: NO-SUCH' });
    expect((await user.get('/subscription').expect(200)).body).toBeNull();
    expect((await app.stripe.customers.list({ email: `${user.sub}@example.com` })).data).toEqual([]);
  });

  it('M1: a coupon for one redemption is redeemed once', async () => {
    const { id: coupon } = await app.stripe.coupons.create({ percent_off: 50, duration: 'once', max_redemptions: 1 });
    await buy({ coupon_code: coupon });
    await app.settle();
    const [{ redeemed }] = await app.dataSource.query<[{ redeemed: number }]>(
      'select times_redeemed as redeemed from coupons where stripe_coupon_id = $1',
      [coupon],
    );
    expect(redeemed).toBe(1);
    user = await Caller.create(app);
    const late = await user.post('/subscription', { tier: 'starter', ...VISA, coupon_code: coupon }).expect(400);
    expect(late.body).toMatchObject({ detail: `Invalid coupon: ${coupon}` });
  });

  it('E1: a change of plan changes the item and adds none', async () => {
    const { id } = await buy({ tier: 'starter' });
    const [before] = await atStripe();
    await user.patch(`/subscription/${id}`, { tier: 'professional' }).expect(200);
    const [after] = await atStripe();
    expect(after?.items.data.map((item) => item.id)).toEqual(before?.items.data.map((item) => item.id));
    expect(after?.items.data[0]?.price.id).toBe(app.prices.professional.month);
  });

  it('E3, E6: an interval and a card asked for together both reach Stripe, and the row says what Stripe says', async () => {
    const { id } = await buy();
    const wish = { interval: 'year', payment_method_id: 'pm_card_mastercard' };
    const { body } = await user.patch(`/subscription/${id}`, wish).expect(200);
    const [subscription] = await atStripe();
    const item = subscription?.items.data[0];
    expect(item?.price.id).toBe(app.prices.professional.year);
    expect(body).toMatchObject({
      interval: 'year',
      amount: 790,
      status: subscription?.status,
      current_period_end: new Date((item?.current_period_end ?? 0) * 1000).toISOString(),
    });
    expect(await user.listCards()).toMatchObject([
      { card_brand: 'mastercard', is_default: true },
      { card_brand: 'visa' },
    ]);
  });

  it('F1, F6: a cancellation now ends the subscription at Stripe, at the moment that Stripe says', async () => {
    const { id } = await buy();
    const { body } = await user.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    const [subscription] = await atStripe();
    expect(subscription?.status).toBe('canceled');
    expect(body.ended_at).toBe(new Date((subscription?.ended_at ?? 0) * 1000).toISOString());
  });

  it('F2: a second reason takes the place of the first, here and at Stripe', async () => {
    const { id } = await buy();
    for (const reason of ['first', 'second']) {
      await user.post(`/subscription/${id}/cancel`, { reason }).expect(200);
      expect((await rowOf(id)).cancellation_reason).toBe(reason);
      expect((await atStripe())[0]?.cancellation_details?.comment).toBe(reason);
      await user.post(`/subscription/${id}/reactivate`).expect(200);
    }
  });

  it('F4, G1: what has ended cannot be reactivated, also when its end had been scheduled', async () => {
    const { id } = await buy();
    await user.post(`/subscription/${id}/cancel`).expect(200);
    await user.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    const { body } = await user.post(`/subscription/${id}/reactivate`).expect(409);
    expect(body).toMatchObject({ status: 409, code: expect.stringMatching(/^(?:subscription_state|not_scheduled)/) });
    expect((await atStripe())[0]?.status).toBe('canceled');
  });
});

describe('N2: a failure of Stripe', () => {
  afterEach(() => app.control('faults/clear', {}));

  it('that limits the rate for longer than a caller waits is answered with that time', async () => {
    const { id } = await buy();
    const fault = { kind: 'status', status: 429, retry_after: 60, path: '/v1/subscriptions/*', times: 1000 };
    await app.control('faults', { ...fault, method: 'POST' });
    const { headers } = await user.post(`/subscription/${id}/cancel`).expect(503);
    expect(headers['retry-after']).toBe('60');
  });

  it.each([
    ['500', { kind: 'status', status: 500 }, 502, 'stripe_failed'],
    ['429', { kind: 'status', status: 429, retry_after: 60 }, 503, 'stripe_unavailable'],
    ['401', { kind: 'status', status: 401 }, 503, 'stripe_unavailable'],
    ['403', { kind: 'status', status: 403 }, 503, 'stripe_unavailable'],
    ['400', { kind: 'status', status: 400 }, 409, 'subscription_state'],
    ['409', { kind: 'status', status: 409 }, 409, 'conflict'],
    ['nothing', { kind: 'break_before' }, 503, 'stripe_unavailable'],
  ])(
    'that answers %s is told apart, without its text',
    async (_name, fault, status, code) => {
      const { id } = await buy();
      const message = 'Invalid API Key provided: sk_test_leak';
      await app.control('faults', { ...fault, message, method: 'POST', path: '/v1/subscriptions/*', times: 1000 });
      const response = await user.post(`/subscription/${id}/cancel`);
      expect([response.status, response.body.code]).toEqual([status, code]);
      expect(response.headers['content-type']).toMatch(/application\/problem\+json/);
      expect(response.text).not.toMatch(/sk_test|API Key|sub_|\bat \//);
      if (status === 503) expect(response.headers['retry-after']).toMatch(/^\d+$/);
      expect((await user.get('/subscription').expect(200)).body).toMatchObject({ cancel_at_period_end: false });
    },
    60_000,
  );

  it('that declines the card gives the reason for the cardholder', async () => {
    const fault = {
      kind: 'card_error',
      decline_code: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
    };
    await app.control('faults', { ...fault, method: 'POST', path: '/v1/payment_methods/*/attach' });
    const { body } = await user.post('/payment-methods', VISA).expect(402);
    expect(body).toMatchObject({
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      detail: 'Your card has insufficient funds.',
    });
  });
});

it('N1, N3, N4: a failure of ours is a 500 as problem details that tells nothing of the inside', async () => {
  await app.dataSource.query('alter table subscriptions rename to hidden_away');
  try {
    for (const response of [
      await user.get('/subscription'),
      await user.get('/subscriptions'),
      await user.post('/subscription', { tier: 'starter', ...VISA }),
    ]) {
      expect(response.status).toBe(500);
      expect(response.headers['content-type']).toMatch(/application\/problem\+json/);
      expect(response.body).toEqual({
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        code: 'internal_error',
        detail: 'Something went wrong on our side',
        message: 'Something went wrong on our side',
        request_id: response.headers['x-request-id'],
      });
    }
  } finally {
    await app.dataSource.query('alter table hidden_away rename to subscriptions');
  }
  expect((await user.get('/subscription').expect(200)).text).toBe('null');
});

it('L9: a delivery that is signed with either of two secrets is accepted while one is rotated', async () => {
  const rotating = await createTestApp({ environment: { STRIPE_WEBHOOK_SECRET: 'whsec_new_one, whsec_old_one' } });
  const event = () => eventOf('something.new', { id: 'obj_1' });
  for (const secret of ['whsec_new_one', 'whsec_old_one']) await deliver(rotating, event(), { secret }).expect(200);
  await deliver(rotating, event(), { secret: rotating.webhookSecret }).expect(400);
  await deliver(rotating, event(), { secret: 'whsec_new_one, whsec_old_one' }).expect(400);
  await rotating.close();
});
