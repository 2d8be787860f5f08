import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';
import { eventually } from './support/eventually.js';

const SUCCEEDS = 'AT321904300235473204';
const FAILS = 'AT051904300235473205';
const SUCCEEDS_SOON = 'AT611904300234573201';
const MANDATE = {
  customer_acceptance: { type: 'online' as const, online: { ip_address: '127.0.0.1', user_agent: 'x' } },
};

function idOf(reference: string | { id: string } | null): string {
  return typeof reference === 'string' ? reference : (reference?.id ?? '');
}

describe('SEPA debits in the sandbox, driven by the official SDK', () => {
  let sandbox: Sandbox;
  let stripe: Stripe;
  const failures: string[] = [];

  beforeAll(async () => {
    sandbox = await createSandbox({ log: (message, error) => failures.push(`${message} ${String(error)}`) });
    stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port: sandbox.port, protocol: 'http', maxNetworkRetries: 0 });
  });
  afterAll(async () => {
    await sandbox.close();
    expect(failures).toEqual([]);
  });

  const control = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return response.json();
  };
  const account = (iban: string): Promise<Stripe.PaymentMethod> =>
    stripe.paymentMethods.create({
      type: 'sepa_debit',
      sepa_debit: { iban },
      billing_details: { name: 'Ada', email: 'ada@example.com' },
    });
  const debit = async (iban: string, extra: object = {}): Promise<Stripe.PaymentIntent> =>
    stripe.paymentIntents.create({
      amount: 900,
      currency: 'eur',
      payment_method: (await account(iban)).id,
      allowed_payment_method_types: ['sepa_debit'],
      confirm: true,
      mandate_data: MANDATE,
      ...extra,
    });
  const openSession = (extra: Stripe.Checkout.SessionCreateParams = {}): Promise<Stripe.Checkout.Session> =>
    stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'http://127.0.0.1/',
      allowed_payment_method_types: ['sepa_debit'],
      line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 900, product_data: { name: 'Lamp' } } }],
      ...extra,
    });
  const complete = (session: string, card: string): Promise<unknown> =>
    control('checkout/complete', { session, card, email: 'ada@example.com', name: 'Ada' });
  /** The types of the events about an object, oldest first. */
  const eventsOf = async (id: string): Promise<string[]> => {
    const types: string[] = [];
    for await (const { type, data } of stripe.events.list({ limit: 100 })) {
      if ('id' in data.object && data.object.id === id) types.unshift(type);
    }
    return types;
  };

  it.each([
    [SUCCEEDS, 'succeeded', 'charge.succeeded', 'succeeded', 'payment_intent.succeeded'],
    [FAILS, 'failed', 'charge.failed', 'requires_payment_method', 'payment_intent.payment_failed'],
  ])('%s: the intent is processing until the debit has %s', async (iban, paid, chargeEvent, status, intentEvent) => {
    const intent = await debit(iban);
    const id = idOf(intent.latest_charge);
    expect(intent).toMatchObject({ status: 'processing', amount_received: 0, last_payment_error: null });
    expect(await stripe.charges.retrieve(id)).toMatchObject({ status: 'pending', paid: false });
    await control('advance', { seconds: 170 });
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('processing');
    await control('advance', { seconds: 10 });
    const settled = await stripe.paymentIntents.retrieve(intent.id);
    expect(settled).toMatchObject({ status, amount_received: paid === 'succeeded' ? 900 : 0 });
    expect(settled.last_payment_error?.code).toBe(
      paid === 'succeeded' ? undefined : 'payment_intent_payment_attempt_failed',
    );
    const charge = await stripe.charges.retrieve(id);
    expect(charge).toMatchObject({ status: paid, paid: paid === 'succeeded' });
    expect(await eventsOf(id)).toEqual(['charge.pending', chargeEvent]);
    expect(await eventsOf(intent.id)).toEqual(['payment_intent.created', 'payment_intent.processing', intentEvent]);
    const mandate = await stripe.mandates.retrieve(charge.payment_method_details?.sepa_debit?.mandate ?? '');
    expect(mandate).toMatchObject({ status: 'active', customer_acceptance: MANDATE.customer_acceptance });
  });

  it.each([
    [SUCCEEDS, 'paid', 'checkout.session.async_payment_succeeded'],
    [FAILS, 'unpaid', 'checkout.session.async_payment_failed'],
  ])('a Checkout session paid from %s completes unpaid and ends %s', async (iban, status, event) => {
    const session = await openSession();
    expect(session.payment_method_types).toEqual(['sepa_debit']);
    expect(await complete(session.id, iban)).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect(await eventsOf(session.id)).toEqual(['checkout.session.completed']);
    await control('advance', { seconds: 180 });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: status });
    expect(await eventsOf(session.id)).toEqual(['checkout.session.completed', event]);
  });

  it('the bank answers by itself, without an advance, for the accounts that need no three minutes', async () => {
    const intent = await debit(SUCCEEDS_SOON);
    expect(intent.status).toBe('processing');
    await eventually(async () => {
      expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
    });
  });

  it('the Checkout page asks for an IBAN where the session takes no card', async () => {
    const { url } = await openSession();
    const page = await (await fetch(url ?? '')).text();
    expect(page).toContain('name="iban"');
    expect(page).not.toContain('name="card_number"');
  });

  it('refuses what Stripe refuses, and in words what is not modelled', async () => {
    const { id } = await account(SUCCEEDS);
    await expect(account('DE00123456780000000000')).rejects.toMatchObject({ code: 'sandbox_unsupported' });
    await expect(
      stripe.paymentMethods.create({ type: 'sepa_debit', sepa_debit: { iban: SUCCEEDS } }),
    ).rejects.toMatchObject({ code: 'parameter_missing', param: 'billing_details[name]' });
    await expect(debit(SUCCEEDS, { currency: 'usd' })).rejects.toMatchObject({ param: 'currency' });
    await expect(debit(SUCCEEDS, { mandate_data: '' })).rejects.toMatchObject({ param: 'mandate_data' });
    await expect(debit(SUCCEEDS, { capture_method: 'manual' })).rejects.toMatchObject({ param: 'capture_method' });
    await expect(debit(SUCCEEDS, { allowed_payment_method_types: ['card'] })).rejects.toMatchObject({
      param: 'payment_method',
    });
    const customer = await stripe.customers.create();
    await expect(stripe.paymentMethods.attach(id, { customer: customer.id })).rejects.toMatchObject({
      code: 'sandbox_unsupported',
    });
    await expect(stripe.setupIntents.create({ payment_method: id, confirm: true })).rejects.toMatchObject({
      code: 'sandbox_unsupported',
    });
    await expect(openSession({ mode: 'setup', currency: 'eur', line_items: undefined })).rejects.toMatchObject({
      code: 'sandbox_unsupported',
    });
  });

  it('a debit that the bank has not answered can be neither canceled nor refunded', async () => {
    const intent = await debit(SUCCEEDS);
    await expect(stripe.paymentIntents.cancel(intent.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    await expect(stripe.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });

  it('an account that Checkout saved pays no subscription, and the portal shows no trace of it', async () => {
    const session = await openSession({ payment_intent_data: { setup_future_usage: 'off_session' } });
    await complete(session.id, SUCCEEDS);
    const customer = idOf((await stripe.checkout.sessions.retrieve(session.id)).customer);
    const { data } = await stripe.customers.listPaymentMethods(customer);
    expect(data.map((method) => method.type)).toEqual(['sepa_debit']);
    await expect(
      stripe.customers.update(customer, { invoice_settings: { default_payment_method: data[0]?.id ?? '' } }),
    ).rejects.toMatchObject({ code: 'sandbox_unsupported' });
    const portal = await stripe.billingPortal.sessions.create({ customer: customer });
    expect((await fetch(portal.url)).status).toBe(200);
  });
});
