import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';

describe('the official SDK against the sandbox', () => {
  let sandbox: Sandbox;
  let stripe: Stripe;
  const failures: string[] = [];
  beforeAll(async () => {
    sandbox = await createSandbox({ log: (message, error) => failures.push(`${message} ${String(error)}`) });
    stripe = client();
  });
  afterAll(async () => {
    await sandbox.close();
    expect(failures).toEqual([]);
  });

  function client(config: Stripe.StripeConfig = {}, key = 'sk_test_1'): Stripe {
    return new Stripe(key, {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
      ...config,
    });
  }
  const control = async (path: string, body: object): Promise<void> => {
    await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  };
  const refusal = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  describe('auto-pagination', () => {
    const made: string[] = [];
    beforeAll(async () => {
      for (let number = 0; number < 12; number += 1) {
        made.unshift((await stripe.coupons.create({ percent_off: 5, metadata: { number } })).id);
      }
    });

    it('goes through all pages, forwards and backwards', async () => {
      const forwards: string[] = [];
      for await (const { id } of stripe.coupons.list({ limit: 5 })) forwards.push(id);
      expect(forwards).toEqual(made);
      const backwards: string[] = [];
      for await (const { id } of stripe.coupons.list({ limit: 5, ending_before: made.at(-1) })) backwards.push(id);
      expect(backwards).toEqual(made.slice(0, -1).reverse());
    });

    it('ends where it is told to', async () => {
      const some = await stripe.coupons.list({ limit: 2 }).autoPagingToArray({ limit: 7 });
      expect(some.map(({ id }) => id)).toEqual(made.slice(0, 7));
      const seen: string[] = [];
      await stripe.coupons.list({ limit: 3 }).autoPagingEach(({ id }) => {
        seen.push(id);
        return seen.length < 4;
      });
      expect(seen).toEqual(made.slice(0, 4));
    });

    it('goes through lists inside objects', async () => {
      const customer = await stripe.customers.create({});
      for (let number = 1; number <= 12; number += 1) {
        await stripe.invoiceItems.create({ customer: customer.id, amount: number, currency: 'usd' });
      }
      const invoice = await stripe.invoices.create({
        customer: customer.id,
        pending_invoice_items_behavior: 'include',
      });
      expect(invoice.lines.has_more).toBe(true);
      expect(invoice.lines.data).toHaveLength(10);
      const amounts: number[] = [];
      for await (const line of stripe.invoices.listLineItems(invoice.id ?? '', { limit: 5 })) amounts.push(line.amount);
      expect(amounts.sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });
  });

  describe('retries', () => {
    it.each(['break_before', 'break_after'])('%s: the repeated POST makes one object', async (kind) => {
      await control('faults', { kind, method: 'POST', path: '/v1/products', times: 2 });
      const product = await client({ maxNetworkRetries: 3 }).products.create({ name: kind });
      const all = await stripe.products.list({ limit: 100 });
      expect(all.data.filter(({ name }) => name === kind).map(({ id }) => id)).toEqual([product.id]);
      await control('faults/clear', {});
    });

    it('a payment that broke off after the work is charged once', async () => {
      await control('faults', { kind: 'break_after', method: 'POST', path: '/v1/payment_intents' });
      const intent = await client({ maxNetworkRetries: 2 }).paymentIntents.create({
        amount: 4_321,
        currency: 'usd',
        payment_method: 'pm_card_visa',
        confirm: true,
      });
      const charges = await stripe.charges.list({ payment_intent: intent.id });
      expect(charges.data).toMatchObject([{ amount: 4_321, paid: true }]);
    });

    it('a declined payment that is repeated with its key is declined again, and tried once', async () => {
      const params = { amount: 700, currency: 'usd', payment_method: 'pm_card_chargeDeclined', confirm: true };
      const options = { idempotencyKey: 'declined once' };
      const first = await refusal(stripe.paymentIntents.create(params, options));
      const second = await refusal(stripe.paymentIntents.create(params, options));
      const charge = (error: unknown): unknown => (error as { charge?: string }).charge;
      expect(charge(first)).toMatch(/^ch_/);
      expect(charge(second)).toBe(charge(first));
    });
  });

  it('each kind of refusal is the class of error that it is at Stripe', async () => {
    const { id } = await stripe.customers.create({}, { idempotencyKey: 'classes' });
    await control('faults', { kind: 'status', status: 429, method: 'GET', path: '/v1/refunds' });
    await control('faults', { kind: 'status', status: 503, method: 'GET', path: '/v1/disputes' });
    const pay = { amount: 500, currency: 'usd', payment_method: 'pm_card_chargeDeclined', confirm: true };
    const refusals: Record<string, () => Promise<unknown>> = {
      StripeInvalidRequestError: () => stripe.customers.retrieve('cus_none'),
      StripeAuthenticationError: () => client({}, 'sk_live_1').customers.list(),
      StripePermissionError: () => client({}, 'pk_test_1').customers.list(),
      StripeCardError: () => stripe.paymentIntents.create(pay),
      StripeIdempotencyError: () => stripe.customers.create({ name: id }, { idempotencyKey: 'classes' }),
      StripeRateLimitError: () => stripe.refunds.list(),
      StripeAPIError: () => stripe.disputes.list(),
    };
    for (const [type, call] of Object.entries(refusals)) {
      expect(await refusal(call())).toMatchObject({ type, requestId: expect.stringMatching(/^req_/) });
    }
  });

  it('an error carries what the SDK reads from it', async () => {
    const pay = { amount: 500, currency: 'usd', payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };
    expect(await refusal(stripe.paymentIntents.create({ ...pay, confirm: true }))).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      doc_url: 'https://stripe.com/docs/error-codes/card-declined',
      charge: expect.stringMatching(/^ch_/),
      payment_intent: { status: 'requires_payment_method' },
      payment_method: { card: { last4: '9995' } },
    });
  });

  it('decimals, moments and unset fields survive the way there and back', async () => {
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount_decimal: Stripe.Decimal.from('0.125'),
      product_data: { name: 'Fractions' },
    });
    expect(price.unit_amount).toBeNull();
    expect(String(price.unit_amount_decimal)).toBe('0.125');
    const customer = await stripe.customers.create({ name: 'Ä & = % + "', description: 'x', metadata: { a: '1' } });
    expect(customer.name).toBe('Ä & = % + "');
    const updated = await stripe.customers.update(customer.id, { description: '', metadata: { a: null } });
    expect(updated).toMatchObject({ description: null, metadata: {}, name: customer.name });
    const since = await stripe.customers.list({ created: { gte: customer.created }, limit: 1 });
    expect(since.data.map(({ id }) => id)).toEqual([customer.id]);
  });

  it('telemetry and app info are accepted', async () => {
    const talkative = client({ telemetry: true, appInfo: { name: 'Probe', version: '1' } });
    await talkative.customers.list({ limit: 1 });
    expect((await talkative.customers.list({ limit: 1 })).data).toHaveLength(1);
  });
});
