import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf } from '../support/webhook-deliveries.js';

/** The tests that the implementation guide lists, by its names, each for a user of its own. */
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
const buy = async (tier = 'professional') =>
  (await user.post('/subscription', { tier, interval: 'month', ...VISA }).expect(201)).body as { id: number };
const detailOf = (response: { body: { detail: string } }) => response.body.detail;

describe('subscription', () => {
  it('get_current_subscription_exists', async () => {
    const { id } = await buy();
    const { body } = await user.get('/subscription').expect(200);
    expect(body).toMatchObject({ id, tier: 'professional', status: 'active', amount: 79 });
  });

  it('get_current_subscription_not_exists', async () => {
    const response = await user.get('/subscription').expect(200);
    expect(response.text).toBe('null');
    expect(response.body).toBeNull();
  });

  it('create_subscription_success', async () => {
    const { body } = await user.post('/subscription', { tier: 'professional', interval: 'month', ...VISA }).expect(201);
    expect(body).toMatchObject({
      tier: 'professional',
      status: 'active',
      interval: 'month',
      amount: 79,
      currency: 'usd',
    });
    const other = await Caller.create(app);
    const wish = { tier: 'Professional', interval: 'month', ...VISA, trial_days: 14 };
    const trial = (await other.post('/subscription', wish).expect(201)).body as {
      trial_end: string;
      trial_start: string;
    };
    expect(trial).toMatchObject({ tier: 'professional', status: 'trialing', interval: 'month' });
    expect(Date.parse(trial.trial_end) - Date.parse(trial.trial_start)).toBe(14 * 24 * 3600 * 1000);
  });

  it('create_subscription_invalid_tier', async () => {
    expect(detailOf(await user.post('/subscription', { tier: 'Gold', interval: 'decade' }).expect(400))).toBe(
      'Invalid tier: Gold',
    );
    expect(detailOf(await user.post('/subscription', { tier: 'free' }).expect(400))).toBe('Invalid tier: free');
  });

  it('create_subscription_invalid_interval', async () => {
    const response = await user.post('/subscription', { tier: 'professional', interval: 'decade' }).expect(400);
    expect(detailOf(response)).toBe('Invalid interval: decade');
  });

  it('update_subscription_success', async () => {
    const { id } = await buy();
    const { body } = await user.patch(`/subscription/${id}`, { tier: 'enterprise', interval: 'year' }).expect(200);
    expect(body).toMatchObject({ id, tier: 'enterprise', interval: 'year', amount: 1990, status: 'active' });
  });

  it('update_subscription_not_found', async () => {
    const response = await user.patch('/subscription/999999', { tier: 'enterprise' }).expect(404);
    expect(detailOf(response)).toBe('Subscription not found');
  });

  it('cancel_subscription_at_period_end', async () => {
    const { id } = await buy();
    const wish = { cancel_at_period_end: true, reason: 'Too expensive' };
    const { body } = await user.post(`/subscription/${id}/cancel`, wish).expect(200);
    expect(body).toMatchObject({ id, cancel_at_period_end: true, status: 'active' });
  });

  it('cancel_subscription_immediately', async () => {
    const { id } = await buy();
    const { body } = await user.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    expect(body).toMatchObject({
      id,
      status: 'canceled',
      canceled_at: expect.any(String),
      ended_at: expect.any(String),
    });
  });

  it('reactivate_subscription_success', async () => {
    const { id } = await buy();
    await user.post(`/subscription/${id}/cancel`).expect(200);
    const { body } = await user.post(`/subscription/${id}/reactivate`).expect(200);
    expect(body).toMatchObject({ id, cancel_at_period_end: false, cancel_at: null, status: 'active' });
  });
});

describe('payment methods', () => {
  it('get_payment_methods_empty', async () => {
    expect((await user.get('/payment-methods').expect(200)).body).toEqual([]);
  });

  it('get_payment_methods_with_data', async () => {
    await user.addCard('pm_card_visa');
    const { body } = await user.get('/payment-methods').expect(200);
    expect(body).toEqual([
      expect.objectContaining({ type: 'card', card_brand: 'visa', card_last4: '4242', is_default: true }),
    ]);
  });

  it('add_payment_method_success', async () => {
    await user.addCard('pm_card_visa');
    const wish = { payment_method_id: 'pm_card_mastercard', set_as_default: true };
    const { body } = await user.post('/payment-methods', wish).expect(201);
    expect(body).toMatchObject({ type: 'card', card_brand: 'mastercard', card_last4: '4444', is_default: true });
    expect((await user.listCards()).map((card) => card.is_default)).toEqual([true, false]);
  });
});

describe('invoices', () => {
  /** Two paid invoices and a void one between them. */
  async function makeInvoices(): Promise<void> {
    const { id } = await buy('starter');
    await user.patch(`/subscription/${id}`, { tier: 'professional' }).expect(200);
    await user.post(`/subscription/${id}/cancel`, { cancel_at_period_end: false }).expect(200);
    const unfinished = { tier: 'enterprise', payment_method_id: 'pm_card_authenticationRequired' };
    const { body } = await user.post('/subscription', unfinished).expect(201);
    await user.post(`/subscription/${body.id}/cancel`).expect(200);
    await app.settle();
  }
  const statusesOf = async (query: string) =>
    ((await user.get(`/invoices${query}`).expect(200)).body as { status: string }[]).map(({ status }) => status);

  it('get_invoices_empty', async () => {
    expect((await user.get('/invoices').expect(200)).body).toEqual([]);
  });

  it('get_invoices_with_data', async () => {
    await buy();
    await app.settle();
    const { body } = await user.get('/invoices').expect(200);
    expect(body).toEqual([
      expect.objectContaining({
        amount_due: 79,
        amount_paid: 79,
        amount_remaining: 0,
        status: 'paid',
        currency: 'usd',
      }),
    ]);
    expect(body[0].number).toMatch(/^[A-Z0-9]+-0001$/);
  });

  it('get_invoices_with_limit', async () => {
    await makeInvoices();
    expect(await statusesOf('')).toHaveLength(3);
    expect(await statusesOf('?limit=2')).toHaveLength(2);
    expect(await statusesOf('?limit=5')).toHaveLength(3);
  });

  it('get_invoices_with_status_filter', async () => {
    await makeInvoices();
    expect(await statusesOf('?status_filter=paid')).toEqual(['paid', 'paid']);
    expect(await statusesOf('?status_filter=void')).toEqual(['void']);
    expect(await statusesOf('?status_filter=uncollectible')).toEqual([]);
  });
});

describe('checkout', () => {
  it('create_checkout_session_success', async () => {
    const { body } = await user
      .post('/checkout', { tier: 'professional', interval: 'month', trial_days: 14 })
      .expect(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^cs_test_/),
      url: expect.stringMatching(/^https?:\/\//),
      expires_at: expect.any(Number),
    });
    expect(body.expires_at).toBeGreaterThan(Date.now() / 1000);
    const session = await app.stripe.checkout.sessions.retrieve(body.id as string);
    expect(session).toMatchObject({ mode: 'subscription', status: 'open', url: body.url });
  });

  it('create_checkout_session_invalid_tier', async () => {
    expect(detailOf(await user.post('/checkout', { tier: 'invalid' }).expect(400))).toBe('Invalid tier: invalid');
  });
});

describe('webhook', () => {
  it('webhook_success', async () => {
    const { body } = await deliver(
      app,
      eventOf('invoice.payment_succeeded', { id: 'in_test123', object: 'invoice' }),
    ).expect(200);
    expect(body).toEqual({ status: 'success' });
  });

  it('webhook_invalid_signature', async () => {
    const event = eventOf('invoice.payment_succeeded', { id: 'in_test123', object: 'invoice' });
    const response = await deliver(app, event, { secret: 'whsec_of_somebody_else' }).expect(400);
    expect(detailOf(response)).toBe('Invalid signature');
  });
});
