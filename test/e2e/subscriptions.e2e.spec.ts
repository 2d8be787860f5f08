import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idOf } from '../../src/stripe/values.js';
import { type Response } from 'supertest';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

let users = 0;

/** A new user and short ways to call the API as them. */
async function newUser() {
  const sub = `buyer-${++users}`;
  const authorization = await app.bearer(sub);
  const as = (request: ReturnType<TestApp['http']['get']>) => request.set('Authorization', authorization);
  return {
    sub,
    get: (path: string) => as(app.http.get(path)),
    post: (path: string, body?: object) => as(app.http.post(path)).send(body),
    patch: (path: string, body: object) => as(app.http.patch(path)).send(body),
    remove: (path: string) => as(app.http.delete(path)),
  };
}
type User = Awaited<ReturnType<typeof newUser>>;

async function subscribed(user: User, body: object = {}): Promise<Response['body']> {
  const answer = await user.post('/subscription', { tier: 'professional', payment_method_id: 'pm_card_visa', ...body });
  expect(answer.body).toMatchObject({ tier: 'professional' });
  expect(answer.status).toBe(201);
  return answer.body;
}

async function atStripe(sub: string) {
  const { data } = await app.stripe.customers.list({ email: `${sub}@example.com` });
  expect(data).toHaveLength(1);
  const customer = data[0]?.id ?? '';
  return (await app.stripe.subscriptions.list({ customer, status: 'all' })).data;
}

describe('POST /subscription', () => {
  it('buys a plan with a card: 201, active, and the card is the default', async () => {
    const user = await newUser();
    const body = await subscribed(user);
    expect(body).toMatchObject({
      tier: 'professional',
      status: 'active',
      interval: 'month',
      amount: 79,
      currency: 'usd',
      cancel_at_period_end: false,
      requires_action: false,
      client_secret: null,
    });
    const cards = await user.get('/payment-methods');
    expect(cards.body).toMatchObject([{ card_last4: '4242', is_default: true }]);
    const [subscription] = await atStripe(user.sub);
    expect(subscription).toMatchObject({ status: 'active', default_payment_method: null });
  });

  it('begins with the trial that the server allows', async () => {
    const user = await newUser();
    const body = await subscribed(user, { trial_days: 14, interval: 'month' });
    expect(body).toMatchObject({ status: 'trialing', interval: 'month' });
    expect(Date.parse(body.trial_end) - Date.parse(body.trial_start)).toBe(14 * 86_400_000);
  });

  it('refuses a trial longer than TRIAL_DAYS', async () => {
    const user = await newUser();
    const answer = await user.post('/subscription', {
      tier: 'starter',
      trial_days: 15,
      payment_method_id: 'pm_card_visa',
    });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ field: 'trial_days', message: 'trial_days must not be greater than 14' }]);
  });

  it('gives one trial a customer', async () => {
    const user = await newUser();
    const first = await subscribed(user, { trial_days: 7 });
    await user.post(`/subscription/${first.id}/cancel`, { cancel_at_period_end: false }).expect(200);
    const again = await user.post('/subscription', {
      tier: 'starter',
      trial_days: 7,
      payment_method_id: 'pm_card_visa',
    });
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ code: 'trial_already_used', detail: 'Trial already used' });
    expect((await user.get('/customer')).body).toMatchObject({ trial_available: false });
  });

  it.each([
    ['tier', { tier: 'gold' }, 'Invalid tier: gold'],
    ['tier free', { tier: 'free' }, 'Invalid tier: free'],
    ['interval', { tier: 'starter', interval: 'fortnight' }, 'Invalid interval: fortnight'],
    ['tier before interval', { tier: 'gold', interval: 'fortnight' }, 'Invalid tier: gold'],
    ['coupon', { tier: 'starter', coupon_code: 'NOPE' }, 'Invalid coupon: NOPE'],
    ['payment method', { tier: 'starter', payment_method_id: 'pm_unknown' }, 'Invalid payment method'],
  ])('refuses a wrong %s with 400', async (_what, body, detail) => {
    const user = await newUser();
    const answer = await user.post('/subscription', body);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toBe(detail);
    expect(answer.body.message).toBe(detail);
    expect((await user.get('/subscription')).text).toBe('null');
  });

  it('answers 402 for a declined card and leaves nothing behind', async () => {
    const user = await newUser();
    const answer = await user.post('/subscription', {
      tier: 'starter',
      payment_method_id: 'pm_card_chargeCustomerFail',
    });
    expect(answer.status).toBe(402);
    expect(answer.body).toMatchObject({ code: 'card_declined', decline_code: expect.any(String) });
    expect((await user.get('/subscription')).text).toBe('null');
    expect((await user.get('/payment-methods')).body).toEqual([]);
    const subscriptions = await atStripe(user.sub);
    expect(subscriptions.filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired')).toEqual([]);
    await subscribed(user);
  });

  it('answers 201 incomplete with a client secret when the card needs 3-D Secure', async () => {
    const user = await newUser();
    const answer = await user.post('/subscription', {
      tier: 'starter',
      payment_method_id: 'pm_card_authenticationRequired',
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      status: 'incomplete',
      requires_action: true,
      client_secret: expect.stringMatching(/_secret_/),
    });
    expect((await user.get('/subscription')).body).toMatchObject({ id: answer.body.id, status: 'incomplete' });
  });

  it('goes on with an unfinished purchase of the same plan: 200, the same subscription, a client secret', async () => {
    const user = await newUser();
    const first = await user.post('/subscription', { tier: 'starter' });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      status: 'incomplete',
      requires_action: true,
      client_secret: expect.any(String),
    });
    const again = await user.post('/subscription', { tier: 'starter' });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: first.body.id, client_secret: expect.any(String) });
    const other = await user.post('/subscription', { tier: 'professional', payment_method_id: 'pm_card_visa' });
    expect(other.status).toBe(201);
    expect(other.body).toMatchObject({ status: 'active', tier: 'professional' });
    expect((await atStripe(user.sub)).filter(({ status }) => status === 'active')).toHaveLength(1);
  });

  it('refuses a second subscription with 409', async () => {
    const user = await newUser();
    await subscribed(user);
    const answer = await user.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('subscription_exists');
  });

  it('makes exactly one customer and one subscription of parallel first purchases', async () => {
    const user = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        user.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 409, 409, 409, 409, 409]);
    expect(await atStripe(user.sub)).toHaveLength(1);
    const rows = await app.dataSource.query(
      `select s.id from subscriptions s join customers c on c.id = s.customer_id where c.email = $1`,
      [`${user.sub}@example.com`],
    );
    expect(rows).toHaveLength(1);
  });

  it('takes the coupon off and remembers it', async () => {
    await app.stripe.coupons.create({ id: 'LAUNCH20', percent_off: 20, duration: 'forever' });
    const user = await newUser();
    const body = await subscribed(user, { coupon_code: ' launch20 ' });
    expect(body.coupon).toBe('LAUNCH20');
    const [subscription] = await atStripe(user.sub);
    const invoice = await app.stripe.invoices.retrieve(idOf(subscription?.latest_invoice) ?? '');
    expect(invoice.total).toBe(6_320);
  });
});

describe('PATCH /subscription/:id', () => {
  it('upgrades now and charges the difference', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.patch(`/subscription/${id}`, { tier: 'enterprise', interval: 'year' });
    expect(answer.body).toMatchObject({ tier: 'enterprise', interval: 'year', amount: 1990, requires_action: false });
    expect(answer.status).toBe(200);
    const [subscription] = await atStripe(user.sub);
    expect(subscription?.items.data).toHaveLength(1);
  });

  it('honours an interval alone (once ignored)', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.patch(`/subscription/${id}`, { interval: 'year' });
    expect(answer.body).toMatchObject({ tier: 'professional', interval: 'year', amount: 790 });
  });

  it('leaves the old plan when the upgrade is declined: 402, invoice void, old card', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.patch(`/subscription/${id}`, {
      tier: 'enterprise',
      payment_method_id: 'pm_card_chargeCustomerFail',
    });
    expect(answer.status).toBe(402);
    expect((await user.get('/subscription')).body).toMatchObject({ tier: 'professional', status: 'active' });
    const [subscription] = await atStripe(user.sub);
    expect(subscription?.pending_update).toBeNull();
    expect((await user.get('/payment-methods')).body).toMatchObject([{ card_last4: '4242', is_default: true }]);
  });

  it('waits for 3-D Secure with the old plan', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.patch(`/subscription/${id}`, {
      tier: 'enterprise',
      payment_method_id: 'pm_card_authenticationRequired',
    });
    expect(answer.body).toMatchObject({
      tier: 'professional',
      requires_action: true,
      client_secret: expect.any(String),
      payment_url: expect.any(String),
    });
    const back = await user.post(`/subscription/${id}/cancel`, {});
    expect(back.body).toMatchObject({ cancel_at_period_end: true, tier: 'professional' });
  });

  it('downgrades at the end of the period, and drops that again', async () => {
    const user = await newUser();
    const { id, current_period_end: end } = await subscribed(user);
    const answer = await user.patch(`/subscription/${id}`, { tier: 'starter' });
    expect(answer.body).toMatchObject({
      tier: 'professional',
      scheduled_change: { tier: 'starter', interval: 'month', at: end },
    });
    const dropped = await user.patch(`/subscription/${id}`, { tier: 'professional' });
    expect(dropped.body).toMatchObject({ tier: 'professional', scheduled_change: null });
  });

  it('downgrades now with a credit', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.patch(`/subscription/${id}`, { tier: 'starter', when: 'now' });
    expect(answer.body).toMatchObject({ tier: 'starter', scheduled_change: null });
    const { data } = await app.stripe.customers.list({ email: `${user.sub}@example.com` });
    expect(data[0]?.balance).toBeLessThan(0);
  });

  it('changes the plan of a trial at once and keeps the trial', async () => {
    const user = await newUser();
    const { id, trial_end: end } = await subscribed(user, { trial_days: 14 });
    const answer = await user.patch(`/subscription/${id}`, { tier: 'starter' });
    expect(answer.body).toMatchObject({ tier: 'starter', status: 'trialing', trial_end: end, scheduled_change: null });
  });

  it.each([{}, { tier: 'professional' }, { tier: null }])('refuses %j: nothing to update', async (body) => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.patch(`/subscription/${id}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toBe('Nothing to update');
  });

  it('answers 404 for an id that is nobody’s, someone else’s or no id', async () => {
    const owner = await newUser();
    const { id } = await subscribed(owner);
    const stranger = await newUser();
    for (const path of [id, 999_999, 2 ** 31, 0, -1, 'x']) {
      const answer = await stranger.patch(`/subscription/${path}`, { tier: 'gold' });
      expect(answer.status).toBe(404);
      expect(answer.body.detail).toBe('Subscription not found');
    }
  });

  it('refuses a change of what has ended', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    await user.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false });
    const answer = await user.patch(`/subscription/${id}`, { tier: 'enterprise' });
    expect(answer.status).toBe(409);
  });
});

describe('cancel and reactivate', () => {
  it('cancels at the end of the period without a body, and says so in Stripe’s words', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.post(`/subscription/${id}/cancel`, { reason: 'Too expensive' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'active', cancel_at_period_end: true, cancel_at: expect.any(String) });
    const [subscription] = await atStripe(user.sub);
    expect(subscription?.cancellation_details?.comment).toBe('Too expensive');
    const back = await user.post(`/subscription/${id}/reactivate`);
    expect(back.status).toBe(200);
    expect(back.body).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
  });

  it('cancels now, twice with the same end', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const first = await user.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false });
    expect(first.body).toMatchObject({ status: 'canceled', ended_at: expect.any(String) });
    const second = await user.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false });
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect((await user.get('/subscription')).text).toBe('null');
    expect((await user.get('/subscriptions')).body).toMatchObject([{ id, status: 'canceled' }]);
    const back = await user.post(`/subscription/${id}/reactivate`);
    expect(back.status).toBe(409);
  });

  it('has nothing to reactivate without a scheduled end', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const answer = await user.post(`/subscription/${id}/reactivate`);
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toBe('Subscription is not scheduled for cancellation');
  });

  it('reactivates what the customer portal scheduled by a date alone', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    const [subscription] = await atStripe(user.sub);
    const end = (subscription?.items.data[0]?.current_period_end ?? 0) - 3_600;
    await app.stripe.subscriptions.update(subscription?.id ?? '', { cancel_at: end });
    await app.settle();
    expect((await user.get('/subscription')).body).toMatchObject({
      cancel_at_period_end: true,
      cancel_at: new Date(end * 1000).toISOString(),
    });
    const back = await user.post(`/subscription/${id}/reactivate`);
    expect(back.body).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
  });

  it('refuses a flag that is no boolean, and unknown fields', async () => {
    const user = await newUser();
    const { id } = await subscribed(user);
    for (const body of [{ cancel_at_period_end: 'no' }, { cancelAtPeriodEnd: false }, { reason: 'x'.repeat(501) }]) {
      const answer = await user.post(`/subscription/${id}/cancel`, body);
      expect(answer.status).toBe(400);
    }
    expect((await user.get('/subscription')).body).toMatchObject({ cancel_at_period_end: false });
  });
});

describe('a first payment that is left undone', () => {
  it('expires after 23 hours and stands in the way of no other purchase', async () => {
    const user = await newUser();
    await user.post('/subscription', { tier: 'starter' }).expect(201);
    await app.control('advance', { seconds: 24 * 3600 });
    await app.settle();
    expect((await user.get('/subscriptions')).body).toMatchObject([{ status: 'incomplete_expired' }]);
    await user.post('/checkout', { tier: 'starter' }).expect(200);
    await subscribed(user);
  });
});
