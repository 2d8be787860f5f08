import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';

const URLS = {
  success_url: 'https://example.com/done?s={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://example.com/back',
};

describe('Checkout sessions', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let price: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    price = await billing.price(2900);
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  function open(params: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<Stripe.Checkout.Session> {
    return stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      ...URLS,
      ...params,
    });
  }

  it('a new session is open, priced by the rules of its subscription, and has a page', async () => {
    const session = await open({
      line_items: [{ price: price.id, quantity: 3 }],
      client_reference_id: 'user-7',
      customer_email: 'ada@example.com',
      metadata: { order: '12' },
      expand: ['line_items', 'line_items.data.price.product'],
    });
    expect(session).toMatchObject({
      object: 'checkout.session',
      status: 'open',
      mode: 'subscription',
      payment_status: 'unpaid',
      ui_mode: 'hosted_page',
      amount_subtotal: 8700,
      amount_total: 8700,
      currency: 'usd',
      client_reference_id: 'user-7',
      customer: null,
      customer_creation: 'always',
      customer_email: 'ada@example.com',
      customer_details: { email: 'ada@example.com', name: null },
      metadata: { order: '12' },
      payment_method_collection: 'always',
      subscription: null,
    });
    expect(session.expires_at).toBe(session.created + 24 * 3_600);
    expect(session.url).toBe(`${billing.sandbox.url}/c/pay/${session.id}#fid`);
    expect(session.id).toMatch(/^cs_test_\w{58}$/);
    expect(session.line_items?.data).toMatchObject([
      { description: 'Plan 2900', quantity: 3, amount_total: 8700, price: { product: { name: 'Plan 2900' } } },
    ]);
    const { data } = await stripe.checkout.sessions.listLineItems(session.id);
    expect(data).toHaveLength(1);
  });

  it('completes with a good card: customer, paid subscription, and every link', async () => {
    const session = await open({
      customer_email: 'ada@example.com',
      client_reference_id: 'user-7',
      metadata: { order: '13' },
      subscription_data: { metadata: { plan: 'pro' } },
    });
    const types = await billing.emitted(() => billing.completeCheckout(session.id, { name: 'Ada Lovelace' }));
    const done = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription.default_payment_method', 'customer', 'invoice'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      client_reference_id: 'user-7',
      customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
      customer_details: { email: 'ada@example.com', name: 'Ada Lovelace' },
      invoice: { status: 'paid', amount_paid: 2900, billing_reason: 'subscription_create' },
      subscription: {
        status: 'active',
        metadata: { plan: 'pro' },
        default_payment_method: { card: { last4: '4242' }, billing_details: { email: 'ada@example.com' } },
      },
    });
    expect(types[0]).toBe('customer.created');
    expect(types.at(-1)).toBe('checkout.session.completed');
    expect(types).toEqual(
      expect.arrayContaining([
        'customer.subscription.created',
        'payment_method.attached',
        'charge.succeeded',
        'invoice.paid',
        'customer.subscription.updated',
      ]),
    );
    const [event] = (await stripe.events.list({ limit: 1 })).data;
    expect(event?.data.object).toMatchObject({
      id: session.id,
      subscription: (done.subscription as Stripe.Subscription).id,
    });
  });

  it('uses the customer that it was made for', async () => {
    const customer = await billing.customer(undefined, { email: 'grace@example.com', name: 'Grace' });
    const session = await open({ customer: customer.id });
    await billing.completeCheckout(session.id, { name: 'Somebody else' });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] });
    expect(done).toMatchObject({ customer: { id: customer.id, name: 'Grace' }, customer_creation: null });
    const listed = await stripe.checkout.sessions.list({ customer: customer.id, status: 'complete' });
    expect(listed.data.map((one) => one.id)).toEqual([session.id]);
    const bySubscription = await stripe.checkout.sessions.list({ subscription: done.subscription as string });
    expect(bySubscription.data.map((one) => one.id)).toEqual([session.id]);
    expect((await stripe.checkout.sessions.list({ customer: customer.id, status: 'open' })).data).toEqual([]);
  });

  it('a refused card leaves the session open and nothing behind', async () => {
    const session = await open({ customer_email: 'poor@example.com' });
    const types = await billing.emitted(async () => {
      await expect(billing.completeCheckout(session.id, { card: '4000000000009995' })).rejects.toThrow(
        'insufficient_funds',
      );
    });
    expect(types).toEqual([]);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    expect((await stripe.customers.list({ email: 'poor@example.com' })).data).toEqual([]);
    await billing.completeCheckout(session.id);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('complete');
  });

  it('a trial costs nothing today and keeps the card for its end', async () => {
    const session = await open({
      customer_email: 'trial@example.com',
      subscription_data: {
        trial_period_days: 14,
        trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
      },
    });
    expect(session).toMatchObject({ amount_subtotal: 0, amount_total: 0 });
    const types = await billing.emitted(() => billing.completeCheckout(session.id));
    expect(types).toContain('setup_intent.succeeded');
    const done = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription.default_payment_method'],
    });
    expect(done).toMatchObject({
      payment_status: 'no_payment_required',
      subscription: {
        status: 'trialing',
        pending_setup_intent: null,
        trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
        default_payment_method: { card: { last4: '4242' } },
      },
    });
  });

  it('a trial needs no card when the session collects one only if required', async () => {
    const session = await open({
      customer_email: 'free@example.com',
      payment_method_collection: 'if_required',
      subscription_data: { trial_period_days: 7 },
    });
    await billing.completeCheckout(session.id);
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    expect(done.subscription).toMatchObject({ status: 'trialing', default_payment_method: null });
  });

  it('takes off the discount that it was made with, and redeems it', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    const session = await open({ discounts: [{ coupon: coupon.id }] });
    expect(session).toMatchObject({
      amount_subtotal: 2900,
      amount_total: 1450,
      total_details: { amount_discount: 1450 },
      discounts: [{ coupon: coupon.id, promotion_code: null }],
    });
    await billing.completeCheckout(session.id, { email: 'half@example.com' });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['invoice', 'subscription.discounts'] });
    expect(done).toMatchObject({ invoice: { amount_paid: 1450 } });
    expect((done.subscription as Stripe.Subscription).discounts).toMatchObject([
      { checkout_session: session.id, source: { coupon: coupon.id } },
    ]);
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
  });

  it('takes a promotion code typed into the page, and refuses an unknown one', async () => {
    const coupon = await stripe.coupons.create({ amount_off: 900, currency: 'usd', duration: 'once' });
    const promotion = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: 'WELCOME9',
    });
    const session = await open({ allow_promotion_codes: true });
    const unknown = billing.completeCheckout(session.id, { email: 'a@example.com', promotion_code: 'NOSUCH' });
    await expect(unknown).rejects.toThrow('This code is invalid.');
    await billing.completeCheckout(session.id, { email: 'a@example.com', promotion_code: 'welcome9' });
    const done = await stripe.checkout.sessions.retrieve(session.id);
    expect(done).toMatchObject({ amount_total: 2000, discounts: [{ promotion_code: promotion.id }] });
  });

  it('a 3-D Secure card completes when the step is passed, not when it fails', async () => {
    const session = await open({ customer_email: '3ds@example.com' });
    const failed = billing.completeCheckout(session.id, { card: '4000002760003184', three_d_secure: 'fail' });
    await expect(failed).rejects.toThrow('payment_intent_authentication_failure');
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    await billing.completeCheckout(session.id, { card: '4000002760003184' });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    expect(done.subscription).toMatchObject({ status: 'active' });
  });

  it('payment mode makes a payment intent with the data given', async () => {
    const once = await billing.price(5000, 'month', { recurring: undefined });
    const session = await open({
      mode: 'payment',
      line_items: [{ price: once.id, quantity: 2 }],
      payment_intent_data: { metadata: { cart: '5' }, description: 'Two things' },
    });
    await billing.completeCheckout(session.id, { email: 'guest@example.com' });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    expect(done).toMatchObject({
      payment_status: 'paid',
      customer: null,
      payment_intent: { status: 'succeeded', amount: 10_000, metadata: { cart: '5' }, description: 'Two things' },
    });
    const found = await stripe.checkout.sessions.list({
      payment_intent: (done.payment_intent as Stripe.PaymentIntent).id,
    });
    expect(found.data.map((one) => one.id)).toEqual([session.id]);
  });

  it('setup mode saves a card for the customer', async () => {
    const customer = await billing.customer();
    const session = await stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      customer: customer.id,
      ...URLS,
    });
    expect(session).toMatchObject({ payment_status: 'no_payment_required', amount_total: null });
    await billing.completeCheckout(session.id, { card: 'pm_card_mastercard' });
    const intent = await stripe.setupIntents.retrieve(session.setup_intent as string);
    expect(intent.status).toBe('succeeded');
    const methods = await stripe.customers.listPaymentMethods(customer.id);
    expect(methods.data.map((method) => method.id)).toEqual([intent.payment_method]);
  });

  it('expires on request, once, and only while open', async () => {
    const session = await open();
    const types = await billing.emitted(() => stripe.checkout.sessions.expire(session.id));
    expect(types).toEqual(['checkout.session.expired']);
    const error = await billing.refusal(stripe.checkout.sessions.expire(session.id));
    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(error.message).toContain('["open"]');
    await expect(billing.completeCheckout(session.id, { email: 'late@example.com' })).rejects.toThrow('expired');
  });

  it('expires by itself at its time', async () => {
    const session = await open();
    await billing.advance({ to: session.expires_at - 1 });
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    const types = await billing.emitted(() => billing.advance({ to: session.expires_at }));
    expect(types).toContain('checkout.session.expired');
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'expired', url: null });
  });

  it.each<[string, Partial<Stripe.Checkout.SessionCreateParams>, string | undefined]>([
    ['customer and email', { customer: 'cus_x', customer_email: 'a@example.com' }, 'customer'],
    ['two kinds of discount', { allow_promotion_codes: true, discounts: [{ coupon: 'x' }] }, 'discounts'],
    ['a recurring price in payment mode', { mode: 'payment' }, 'mode'],
    ['no success_url', { success_url: undefined }, 'success_url'],
    ['an expiry too soon', { expires_at: 1_000 }, 'expires_at'],
    ['an unknown coupon', { discounts: [{ coupon: 'nope' }] }, 'discounts[0][coupon]'],
    ['an embedded page', { ui_mode: 'embedded_page', return_url: 'https://example.com' }, 'return_url'],
    ['automatic tax', { automatic_tax: { enabled: true } }, 'automatic_tax[enabled]'],
    ['subscription data in setup mode', { mode: 'setup', currency: 'usd' }, 'line_items'],
  ])('refuses %s', async (_case, params, param) => {
    expect(await billing.refusal(open(params))).toMatchObject({ statusCode: 400, param });
  });

  it('merges metadata', async () => {
    const session = await open({ metadata: { a: '1', b: '2' } });
    const updated = await stripe.checkout.sessions.update(session.id, { metadata: { b: '', c: '3' } });
    expect(updated.metadata).toEqual({ a: '1', c: '3' });
  });
});
