import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';

function idOf(reference: string | { id: string } | null): string {
  return typeof reference === 'string' ? reference : (reference?.id ?? '');
}

describe('payments in the sandbox, driven by the official SDK', () => {
  let sandbox: Sandbox;
  let stripe: Stripe;
  const failures: string[] = [];

  beforeAll(async () => {
    sandbox = await createSandbox({ log: (message, error) => failures.push(`${message} ${String(error)}`) });
    stripe = new Stripe('sk_test_sandbox', {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
    });
  });
  afterAll(async () => {
    await sandbox.close();
    expect(failures).toEqual([]);
  });

  async function caught(promise: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
    return promise.then(
      (value) => {
        throw new Error(`expected a Stripe error, not ${JSON.stringify(value)}`);
      },
      (error: InstanceType<typeof Stripe.errors.StripeError>) => error,
    );
  }
  const control = async (path: string, body: object): Promise<object> => {
    const response = await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as object;
  };
  const typesAbout = async (id: string): Promise<string[]> => {
    const events = await stripe.events.list({ limit: 100 });
    return events.data
      .filter((event) => (event.data.object as { id?: string }).id === id)
      .map((event) => event.type)
      .reverse();
  };

  it('turns a test token into a new payment method on attach, and detaches it for good', async () => {
    const customer = await stripe.customers.create({});
    const first = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    const second = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    expect(first.id).not.toBe(second.id);
    expect(first.card).toMatchObject({ brand: 'visa', last4: '4242', fingerprint: second.card?.fingerprint });
    const list = await stripe.customers.listPaymentMethods(customer.id);
    expect(list.data.map((method) => method.id)).toEqual([second.id, first.id]);
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: first.id } });
    expect((await stripe.paymentMethods.detach(first.id)).customer).toBeNull();
    const after = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer;
    expect(after.invoice_settings.default_payment_method).toBeNull();
    const again = await caught(stripe.paymentMethods.attach(first.id, { customer: customer.id }));
    expect(again.message).toContain('may not be used again');
  });

  it('refuses to attach declining cards with 402 and writes nothing', async () => {
    const customer = await stripe.customers.create({});
    const error = await caught(
      stripe.paymentMethods.attach('pm_card_visa_chargeDeclinedInsufficientFunds', { customer: customer.id }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'insufficient_funds' });
    const before = (await stripe.customers.list({ limit: 100 })).data.length;
    await caught(stripe.customers.create({ payment_method: 'pm_card_chargeDeclined' }));
    expect((await stripe.customers.list({ limit: 100 })).data).toHaveLength(before);
    const fine = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    expect(fine.customer).toBe(customer.id);
  });

  it('checks typed-in cards as Stripe does', async () => {
    const make = (card: Stripe.PaymentMethodCreateParams.Card) => stripe.paymentMethods.create({ type: 'card', card });
    const good = { exp_month: 12, exp_year: 2040, cvc: '123' };
    const made = await make({ number: '5555 5555 5555 4444', ...good });
    expect(made.card).toMatchObject({ brand: 'mastercard', exp_year: 2040, checks: { cvc_check: 'pass' } });
    expect(await caught(make({ number: '4242424242424241', ...good }))).toMatchObject({ code: 'incorrect_number' });
    const expired = { number: '4242424242424242', exp_month: 1, exp_year: 2020 };
    expect(await caught(make(expired))).toMatchObject({ statusCode: 402, code: 'invalid_expiry_year' });
    expect(await caught(make({ number: '4000000000000010', ...good }))).toMatchObject({
      decline_code: 'test_mode_live_card',
    });
    expect(await caught(stripe.paymentMethods.create({ type: 'klarna' }))).toMatchObject({ param: 'type' });
  });

  it('pays an intent: charge, intent and events agree', async () => {
    const customer = await stripe.customers.create({});
    const intent = await stripe.paymentIntents.create({
      amount: 2900,
      currency: 'usd',
      customer: customer.id,
      payment_method: 'pm_card_visa',
      confirm: true,
      setup_future_usage: 'off_session',
      expand: ['latest_charge', 'payment_method'],
    });
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2900, next_action: null });
    expect(intent.latest_charge).toMatchObject({ paid: true, amount: 2900, payment_intent: intent.id });
    expect(intent.payment_method).toMatchObject({ customer: customer.id });
    expect(await typesAbout(intent.id)).toEqual(['payment_intent.created', 'payment_intent.succeeded']);
  });

  it('keeps a declined payment: 402 with the intent, a failed charge, payment_failed', async () => {
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    const error = await caught(
      stripe.paymentIntents.create({
        amount: 500,
        currency: 'eur',
        customer: customer.id,
        payment_method: method.id,
        confirm: true,
      }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' });
    const intent = await stripe.paymentIntents.retrieve(error.payment_intent?.id ?? '');
    expect(intent).toMatchObject({ status: 'requires_payment_method', payment_method: null });
    expect(intent.last_payment_error?.payment_method?.id).toBe(method.id);
    const charge = await stripe.charges.retrieve(error.charge ?? '');
    expect(charge).toMatchObject({ status: 'failed', paid: false, failure_code: 'card_declined' });
    expect(await typesAbout(intent.id)).toContain('payment_intent.payment_failed');
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null });
  });

  it('waits for 3-D Secure on session and fails off session', async () => {
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer: customer.id });
    const params = { amount: 900, currency: 'usd', customer: customer.id, payment_method: method.id, confirm: true };
    const waiting = await stripe.paymentIntents.create({ ...params, return_url: 'http://127.0.0.1/back' });
    expect(waiting.status).toBe('requires_action');
    expect(waiting.next_action?.redirect_to_url).toEqual({
      url: `${sandbox.url}/3ds/${waiting.id}`,
      return_url: 'http://127.0.0.1/back',
    });
    await control('three_d_secure', { intent: waiting.id, outcome: 'fail' });
    const failed = await stripe.paymentIntents.retrieve(waiting.id);
    expect(failed.last_payment_error?.code).toBe('payment_intent_authentication_failure');
    await stripe.paymentIntents.confirm(waiting.id, { payment_method: method.id });
    await control('three_d_secure', { intent: waiting.id, outcome: 'succeed' });
    expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe('succeeded');
    const error = await caught(stripe.paymentIntents.create({ ...params, off_session: true }));
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });

  it.each([
    ['a payment', 'detached', (customer: string, method: string) => payLater(customer, method)],
    ['a payment', 'deleted with its customer', (customer: string, method: string) => payLater(customer, method)],
    ['a set-up', 'detached', (customer: string, method: string) => setUpLater(customer, method)],
    ['a set-up', 'deleted with its customer', (customer: string, method: string) => setUpLater(customer, method)],
  ])('%s that passes 3-D Secure does not attach a card again that was %s meanwhile', async (_kind, how, begin) => {
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer: customer.id });
    const waiting = await begin(customer.id, method.id);
    expect(waiting.status).toBe('requires_action');
    if (how === 'detached') await stripe.paymentMethods.detach(method.id);
    else await stripe.customers.del(customer.id);
    await control('three_d_secure', { intent: waiting.id, outcome: 'succeed' });
    expect(await stripe.paymentMethods.retrieve(method.id)).toMatchObject({ customer: null });
    expect(await typesAbout(method.id)).toEqual(['payment_method.attached', 'payment_method.detached']);
  });
  const payLater = (customer: string, method: string): Promise<Stripe.PaymentIntent> =>
    stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      customer,
      payment_method: method,
      setup_future_usage: 'off_session',
      confirm: true,
    });
  const setUpLater = (customer: string, method: string): Promise<Stripe.SetupIntent> =>
    stripe.setupIntents.create({ customer, payment_method: method, confirm: true });

  it('captures a part of a held amount and cancels only what is open', async () => {
    const params = { amount: 1000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true } as const;
    const held = await stripe.paymentIntents.create({ ...params, capture_method: 'manual' });
    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 1000 });
    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 400 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 400 });
    const error = await caught(stripe.paymentIntents.cancel(held.id));
    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
  });

  const pay = (payment_method: string, amount = 1000) =>
    stripe.paymentIntents.create({ amount, currency: 'usd', payment_method, confirm: true });

  it('refunds in parts, never more than was paid', async () => {
    const intent = await pay('pm_card_visa');
    const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 300, metadata: { why: 'x' } });
    expect(part).toMatchObject({ status: 'succeeded', amount: 300, charge: intent.latest_charge });
    expect(await caught(stripe.refunds.create({ payment_intent: intent.id, amount: 701 }))).toMatchObject({
      statusCode: 400,
      param: 'amount',
    });
    await stripe.refunds.create({ charge: idOf(intent.latest_charge) });
    const charge = await stripe.charges.retrieve(idOf(intent.latest_charge), { expand: ['refunds'] });
    expect(charge).toMatchObject({ refunded: true, amount_refunded: 1000 });
    expect(charge.refunds?.data.map((refund) => refund.amount)).toEqual([700, 300]);
    expect(await caught(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      code: 'charge_already_refunded',
    });
  });

  it('settles pending and failing refunds when time goes on', async () => {
    const pending = await stripe.refunds.create({ payment_intent: (await pay('pm_card_pendingRefund')).id });
    const failing = await stripe.refunds.create({ payment_intent: (await pay('pm_card_refundFail')).id });
    expect([pending.status, failing.status]).toEqual(['pending', 'succeeded']);
    await control('advance', { seconds: 60 });
    expect(await stripe.refunds.retrieve(pending.id)).toMatchObject({ status: 'succeeded' });
    expect(await stripe.refunds.retrieve(failing.id)).toMatchObject({ status: 'failed' });
    expect(await typesAbout(failing.id)).toEqual([
      'refund.created',
      'refund.updated',
      'charge.refund.updated',
      'refund.failed',
    ]);
    const charge = await stripe.charges.retrieve(idOf(failing.charge));
    expect(charge).toMatchObject({ refunded: false, amount_refunded: 0 });
  });

  it('opens a dispute for the disputing card, which evidence wins', async () => {
    const intent = await pay('pm_card_createDispute');
    await control('advance', { seconds: 1 });
    const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
    expect(dispute).toMatchObject({ status: 'needs_response', reason: 'fraudulent', amount: 1000 });
    expect(await caught(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      code: 'charge_disputed',
    });
    const won = await stripe.disputes.update(dispute?.id ?? '', {
      evidence: { uncategorized_text: 'winning_evidence' },
    });
    expect(won.status).toBe('won');
    expect(await typesAbout(won.id)).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.updated',
      'charge.dispute.updated',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
  });

  const disputed = async (card = 'pm_card_createDispute'): Promise<Stripe.Dispute> => {
    const intent = await pay(card);
    await control('advance', { seconds: 1 });
    const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
    if (dispute === undefined) throw new Error('no dispute');
    return dispute;
  };

  it('loses a dispute that is closed, with losing evidence, or without an answer in time', async () => {
    const closed = await stripe.disputes.close((await disputed()).id);
    expect(closed).toMatchObject({ status: 'lost', evidence_details: { past_due: false, submission_count: 0 } });
    expect(await caught(stripe.disputes.close(closed.id))).toMatchObject({ statusCode: 400 });

    const answered = await disputed();
    const staged = await stripe.disputes.update(answered.id, { evidence: { customer_name: 'Jo' }, submit: false });
    expect(staged).toMatchObject({ status: 'needs_response', evidence_details: { has_evidence: true } });
    const lost = await stripe.disputes.update(answered.id, { evidence: { uncategorized_text: 'losing_evidence' } });
    expect(lost).toMatchObject({ status: 'lost', evidence_details: { submission_count: 1 } });

    const ignored = await disputed();
    await control('advance', { to: ignored.evidence_details.due_by });
    const late = await stripe.disputes.retrieve(ignored.id);
    expect(late).toMatchObject({ status: 'lost', evidence_details: { past_due: true } });
    expect((await typesAbout(late.id)).slice(-2)).toEqual(['charge.dispute.updated', 'charge.dispute.closed']);
  });

  it('sets a card up with 3-D Secure, after which it pays off session', async () => {
    const customer = await stripe.customers.create({});
    const setup = await stripe.setupIntents.create({
      customer: customer.id,
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      confirm: true,
    });
    expect(setup.status).toBe('requires_action');
    await control('three_d_secure', { intent: setup.id, outcome: 'succeed' });
    const done = await stripe.setupIntents.retrieve(setup.id, { expand: ['payment_method'] });
    expect(done).toMatchObject({ status: 'succeeded', payment_method: { customer: customer.id } });
    const intent = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'usd',
      customer: customer.id,
      payment_method: (done.payment_method as Stripe.PaymentMethod).id,
      confirm: true,
      off_session: true,
    });
    expect(intent.status).toBe('succeeded');
    const refused = await caught(
      stripe.setupIntents.create({ customer: customer.id, payment_method: 'pm_card_chargeDeclined', confirm: true }),
    );
    expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(refused.setup_intent?.status).toBe('requires_payment_method');
  });

  it('lets a publishable key see an intent with its secret only', async () => {
    const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' });
    const ask = (query: string) =>
      fetch(`${sandbox.url}/v1/payment_intents/${intent.id}${query}`, {
        headers: { authorization: 'Bearer pk_test_1' },
      });
    expect((await ask('')).status).toBe(400);
    expect((await ask(`?client_secret=${intent.client_secret}`)).status).toBe(200);
  });
});
