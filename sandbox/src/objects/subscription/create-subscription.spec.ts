import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';

describe('creating a subscription', () => {
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

  it('charges a good card at once: active, invoice paid, one month billed', async () => {
    const customer = await billing.customer('pm_card_visa');
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      metadata: { user: '7' },
      expand: ['latest_invoice.payments', 'customer'],
    });
    expect(subscription).toMatchObject({
      status: 'active',
      currency: 'usd',
      cancel_at: null,
      cancel_at_period_end: false,
      collection_method: 'charge_automatically',
      billing_mode: { type: 'flexible' },
      metadata: { user: '7' },
      pending_setup_intent: null,
      trial_end: null,
      customer: { id: customer.id, object: 'customer' },
    });
    const item = subscription.items.data[0];
    expect(item).toMatchObject({
      quantity: 1,
      price: { id: price.id },
      plan: { id: price.id },
      subscription: subscription.id,
    });
    expect(item?.current_period_start).toBe(subscription.billing_cycle_anchor);
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect(invoice).toMatchObject({
      status: 'paid',
      billing_reason: 'subscription_create',
      amount_due: 2900,
      amount_paid: 2900,
      amount_remaining: 0,
      attempt_count: 1,
      total: 2900,
      parent: {
        type: 'subscription_details',
        subscription_details: { subscription: subscription.id, metadata: { user: '7' } },
      },
    });
    expect(invoice.number).toBe(`${customer.invoice_prefix}-0001`);
    expect(invoice.lines.data).toHaveLength(1);
    expect(invoice.lines.data[0]).toMatchObject({
      amount: 2900,
      description: '1 × Plan 2900 (at $29.00 / month)',
      period: { start: item?.current_period_start, end: item?.current_period_end },
      pricing: { price_details: { price: price.id } },
      parent: { subscription_item_details: { subscription_item: item?.id, proration: false } },
    });
    expect(invoice.payments?.data).toMatchObject([
      { status: 'paid', amount_paid: 2900, payment: { type: 'payment_intent' } },
    ]);
  });

  it('emits the events of a first payment', async () => {
    const customer = await billing.customer('pm_card_visa');
    const types = await billing.emitted(() =>
      stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] }),
    );
    expect(types).toEqual([
      'customer.updated',
      'invoice.created',
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice_payment.paid',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.created',
    ]);
  });

  it('leaves a declined card incomplete with an open invoice, and another card completes it', async () => {
    const customer = await billing.customer('pm_card_chargeCustomerFail');
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    expect(subscription.status).toBe('incomplete');
    const invoice = await billing.latestInvoice(subscription);
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 1, attempted: true, next_payment_attempt: null });
    const good = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    const paid = await stripe.invoices.pay(invoice.id, { payment_method: good.id });
    expect(paid).toMatchObject({ status: 'paid', attempt_count: 2 });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });

  it('answers 402 when paying the open invoice is declined again, and counts the attempt', async () => {
    const customer = await billing.customer('pm_card_chargeCustomerFail');
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    const invoice = await billing.latestInvoice(subscription);
    const refusal = await billing.refusal(stripe.invoices.pay(invoice.id));
    expect(refusal).toMatchObject({
      statusCode: 402,
      type: 'StripeCardError',
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
    expect((await stripe.invoices.retrieve(invoice.id)).attempt_count).toBe(2);
  });

  it('undoes everything with error_if_incomplete', async () => {
    const customer = await billing.customer('pm_card_chargeCustomerFail');
    const refusal = await billing.refusal(
      stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: price.id }],
        payment_behavior: 'error_if_incomplete',
      }),
    );
    expect(refusal).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toEqual([]);
    expect((await stripe.invoices.list({ customer: customer.id })).data).toEqual([]);
  });

  it('waits for 3-D Secure: incomplete, a client secret, and active once the customer has confirmed', async () => {
    const customer = await billing.customer('pm_card_authenticationRequired');
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      expand: ['latest_invoice.confirmation_secret'],
    });
    expect(subscription.status).toBe('incomplete');
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    const intent = await billing.paymentIntentOf(invoice);
    expect(intent).toMatchObject({ status: 'requires_action', amount: 2900 });
    expect(invoice.confirmation_secret).toEqual({ client_secret: intent.client_secret, type: 'payment_intent' });
    const types = await billing.emitted(() => billing.completeAuthentication(intent.id));
    expect(types).toEqual([
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice_payment.paid',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
    ]);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });

  it('collects the first card with default_incomplete, and remembers it when asked to', async () => {
    const customer = await billing.customer();
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      payment_behavior: 'default_incomplete',
      payment_settings: { save_default_payment_method: 'on_subscription' },
    });
    expect(subscription.status).toBe('incomplete');
    const intent = await billing.paymentIntentOf(await billing.latestInvoice(subscription));
    expect(intent.status).toBe('requires_payment_method');
    const confirmed = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
      return_url: 'https://example.com',
    });
    expect(confirmed.status).toBe('succeeded');
    const active = await stripe.subscriptions.retrieve(subscription.id);
    expect(active).toMatchObject({ status: 'active', default_payment_method: confirmed.payment_method });
  });

  it('refuses to charge a customer who has no payment method', async () => {
    const customer = await billing.customer();
    const refusal = await billing.refusal(
      stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] }),
    );
    expect(refusal).toMatchObject({ statusCode: 400, code: 'resource_missing' });
    expect(refusal.message).toContain('no attached payment source or default payment method');
  });

  it('starts a trial with a zero invoice and a setup intent that collects the card', async () => {
    const customer = await billing.customer();
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
      payment_settings: { save_default_payment_method: 'on_subscription' },
      expand: ['pending_setup_intent', 'latest_invoice'],
    });
    expect(subscription.status).toBe('trialing');
    expect(subscription.trial_end).toBe((subscription.trial_start ?? 0) + 14 * 86_400);
    expect(subscription.billing_cycle_anchor).toBe(subscription.trial_end);
    expect(subscription.items.data[0]?.current_period_end).toBe(subscription.trial_end);
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect(invoice).toMatchObject({ status: 'paid', amount_due: 0, total: 0, attempt_count: 0 });
    expect(invoice.lines.data[0]?.description).toBe('Free trial for 1 × Plan 2900');
    const setup = subscription.pending_setup_intent as Stripe.SetupIntent;
    expect(setup.status).toBe('requires_payment_method');
    await stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa', return_url: 'https://example.com' });
    const after = await stripe.subscriptions.retrieve(subscription.id, { expand: ['default_payment_method'] });
    expect(after.pending_setup_intent).toBeNull();
    expect(after.default_payment_method).toMatchObject({ card: { last4: '4242' } });
  });

  it('takes discounts off the first invoice and counts the redemption', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'once' });
    const code = await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'HALF' });
    const customer = await billing.customer('pm_card_visa');
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id, quantity: 2 }],
      discounts: [{ promotion_code: code.id }],
      expand: ['latest_invoice.discounts'],
    });
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect(invoice).toMatchObject({ subtotal: 5800, total: 2900, amount_paid: 2900 });
    expect(invoice.total_discount_amounts).toMatchObject([{ amount: 2900 }]);
    expect(invoice.discounts).toMatchObject([{ source: { coupon: coupon.id }, promotion_code: code.id }]);
    expect(subscription.discounts).toEqual([]);
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
    expect((await stripe.promotionCodes.retrieve(code.id)).times_redeemed).toBe(1);
  });

  it('bills only the time until a later anchor', async () => {
    const customer = await billing.customer('pm_card_visa');
    const now = await billing.now();
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      billing_cycle_anchor: now + 10 * 86_400,
      expand: ['latest_invoice'],
    });
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect(invoice.total).toBeGreaterThan(900);
    expect(invoice.total).toBeLessThan(1_050);
    expect(subscription.items.data[0]?.current_period_end).toBe(now + 10 * 86_400);
  });

  it.each<[string, Partial<Stripe.SubscriptionCreateParams>, string]>([
    ['an unknown price', { items: [{ price: 'price_none' }] }, 'items[0][price]'],
    ['no items', { items: [] }, 'items'],
    ['a payment method of nobody', { default_payment_method: 'pm_none' }, 'default_payment_method'],
    ['pending_if_incomplete', { payment_behavior: 'pending_if_incomplete' }, 'payment_behavior'],
    ['tax rates, which the sandbox has not', { default_tax_rates: ['txr_1'] }, 'default_tax_rates'],
    ['an unknown coupon', { discounts: [{ coupon: 'none' }] }, 'discounts[0][coupon]'],
  ])('refuses %s', async (_name, params, param) => {
    const customer = await billing.customer('pm_card_visa');
    const refusal = await billing.refusal(
      stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], ...params }),
    );
    expect(refusal).toMatchObject({ statusCode: 400, param });
  });
});
