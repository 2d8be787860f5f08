import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';

const DAY = 86_400;
const START = Date.UTC(2025, 5, 1) / 1000;
/** The first renewal is charged an hour after its draft. */
const CHARGED = Date.UTC(2025, 6, 1, 1) / 1000;

describe('what follows failed payments can be set', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
  });
  afterEach(() => fetch(`${billing.sandbox.url}/_sandbox/reset`, { method: 'POST' }));
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  const set = async (body: object): Promise<{ status: number; answer: unknown }> => {
    const response = await fetch(`${billing.sandbox.url}/_sandbox/dunning`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  };
  const shown = async (): Promise<unknown> => (await fetch(`${billing.sandbox.url}/_sandbox/dunning`)).json();

  /** A subscription whose card fails from its first renewal on. */
  async function failing() {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START });
    const customer = await billing.customer('pm_card_visa', { test_clock: clock.id });
    const items = [{ price: (await billing.price(2000)).id }];
    const { id } = await stripe.subscriptions.create({ customer: customer.id, items });
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: bad.id } });
    const advance = async (frozen_time: number): Promise<Stripe.Subscription> => {
      await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time });
      await billing.clockReady(clock.id);
      return stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
    };
    return { id, customer: customer.id, advance };
  }

  it.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
  ])('%s after the retries: %s', async (final_action, status) => {
    const retry_after_days = [1, 2];
    expect(await set({ retry_after_days, final_action })).toEqual({
      status: 200,
      answer: { retry_after_days, final_action },
    });
    const { advance } = await failing();
    const first = await advance(CHARGED);
    expect(first.status).toBe('past_due');
    expect(first.latest_invoice).toMatchObject({ attempt_count: 1, next_payment_attempt: CHARGED + DAY });
    expect((await advance(CHARGED + DAY)).latest_invoice).toMatchObject({ next_payment_attempt: CHARGED + 3 * DAY });
    const last = await advance(CHARGED + 3 * DAY);
    expect(last.status).toBe(status);
    expect(last.latest_invoice).toMatchObject({ status: 'open', attempt_count: 3, next_payment_attempt: null });
  });

  it('an unpaid subscription goes on with drafts, and is active once its latest open invoice is paid', async () => {
    await set({ retry_after_days: [], final_action: 'unpaid' });
    const { id, customer, advance } = await failing();
    const unpaid = await advance(CHARGED);
    expect(unpaid.status).toBe('unpaid');
    const invoice = unpaid.latest_invoice as Stripe.Invoice;
    const next = await advance(Date.UTC(2025, 7, 1, 2) / 1000);
    expect(next.status).toBe('unpaid');
    expect(next.latest_invoice).toMatchObject({ status: 'draft', auto_advance: false });
    const good = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    await stripe.invoices.pay(invoice.id, { payment_method: good.id });
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  });

  it('three retries within two weeks and a cancellation is the default, which a reset restores', async () => {
    const usual = { retry_after_days: [3, 5, 7], final_action: 'cancel' };
    expect(await shown()).toEqual(usual);
    await set({ final_action: 'unpaid' });
    expect(await shown()).toEqual({ ...usual, final_action: 'unpaid' });
    await fetch(`${billing.sandbox.url}/_sandbox/reset`, { method: 'POST' });
    expect(await shown()).toEqual(usual);
  });

  it.each([
    { final_action: 'forgive' },
    { retry_after_days: 3 },
    { retry_after_days: [0] },
    { retry_after_days: ['1'] },
  ])('refuses %j', async (body) => {
    expect((await set(body)).status).toBe(400);
  });
});
