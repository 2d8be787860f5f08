import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';

function clientOf(sandbox: Sandbox, config: Stripe.StripeConfig = {}): Stripe {
  return new Stripe('sk_test_sandbox', {
    host: '127.0.0.1',
    port: sandbox.port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
    ...config,
  });
}

async function caught(promise: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  return promise.then(
    () => {
      throw new Error('expected a Stripe error');
    },
    (error: InstanceType<typeof Stripe.errors.StripeError>) => error,
  );
}

describe('the sandbox, driven by the official SDK', () => {
  let sandbox: Sandbox;
  let stripe: Stripe;
  const failures: string[] = [];

  beforeAll(async () => {
    sandbox = await createSandbox({
      webhookRetrySeconds: [0, 0],
      log: (message, error) => failures.push(`${message} ${String(error)}`),
    });
    stripe = clientOf(sandbox);
  });
  afterAll(async () => {
    await sandbox.close();
    expect(failures).toEqual([]);
  });

  it('creates, updates, retrieves and deletes a customer', async () => {
    const customer = await stripe.customers.create({
      email: 'a@example.com',
      metadata: { user_id: '7', plan: 'x' },
      address: { city: 'Kiel' },
    });
    expect(customer.id).toMatch(/^cus_[A-Za-z0-9]{14}$/);
    expect(customer.address).toEqual({
      city: 'Kiel',
      country: null,
      line1: null,
      line2: null,
      postal_code: null,
      state: null,
    });
    const updated = await stripe.customers.update(customer.id, { metadata: { plan: '', tier: 'gold' }, name: 'Ann' });
    expect(updated.metadata).toEqual({ user_id: '7', tier: 'gold' });
    expect(await stripe.customers.del(customer.id)).toEqual({ id: customer.id, object: 'customer', deleted: true });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    const error = await caught(stripe.customers.update(customer.id, { name: 'Bob' }));
    expect(error).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: `No such customer: '${customer.id}'`,
    });
  });

  it('pages through lists by cursor, newest first', async () => {
    const made: string[] = [];
    for (let number = 0; number < 23; number += 1) {
      made.unshift((await stripe.products.create({ name: `P${number}` })).id);
    }
    const all: string[] = [];
    for await (const product of stripe.products.list({ limit: 5 })) all.push(product.id);
    expect(all).toEqual(made);
    const page = await stripe.products.list({ limit: 3, ending_before: made[10] });
    expect(page.data.map((product) => product.id)).toEqual(made.slice(7, 10));
    expect(page.has_more).toBe(true);
    const missing = await caught(stripe.products.list({ starting_after: 'prod_none' }));
    expect(missing).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'starting_after' });
  });

  it('expands references, also in lists, and refuses what cannot be expanded', async () => {
    const product = await stripe.products.create({
      name: 'Pro',
      default_price_data: { currency: 'usd', unit_amount: 7900, recurring: { interval: 'month' } },
      expand: ['default_price'],
    });
    expect(product.default_price).toMatchObject({ object: 'price', unit_amount: 7900, product: product.id });
    const prices = await stripe.prices.list({ product: product.id, expand: ['data.product', 'data.tiers'] });
    expect(prices.data[0]?.product).toMatchObject({ id: product.id, name: 'Pro' });
    const error = await caught(stripe.prices.list({ expand: ['product'] }));
    expect(error.message).toBe(
      "This property cannot be expanded (product). You may want to try expanding 'data.product' instead.",
    );
    const deep = await caught(stripe.prices.list({ expand: ['data.product.default_price.product.name'] }));
    expect(deep.message).toContain('You cannot expand more than 4 levels of a property');
  });

  it('refuses unknown, missing and malformed parameters as Stripe does', async () => {
    const unknown = await caught(stripe.customers.create({ nickname: 'x' } as Stripe.CustomerCreateParams));
    expect(unknown).toMatchObject({
      code: 'parameter_unknown',
      param: 'nickname',
      message: 'Received unknown parameter: nickname',
    });
    const missing = await caught(stripe.prices.create({ unit_amount: 1 } as Stripe.PriceCreateParams));
    expect(missing).toMatchObject({ code: 'parameter_missing', param: 'currency' });
    const integer = await caught(stripe.customers.create({ balance: 'x' as unknown as number }));
    expect(integer).toMatchObject({ code: 'parameter_invalid_integer', message: 'Invalid integer: x' });
    const unsupported = await caught(stripe.customers.create({ tax_id_data: [{ type: 'eu_vat', value: 'DE1' }] }));
    expect(unsupported.message).toBe("The sandbox does not support the parameter 'tax_id_data'.");
  });

  it('moves a lookup key and lists prices by it', async () => {
    const product = await stripe.products.create({ name: 'Keys' });
    const make = (extra: Partial<Stripe.PriceCreateParams>) =>
      stripe.prices.create({ currency: 'usd', unit_amount: 5, product: product.id, lookup_key: 'gold', ...extra });
    const first = await make({});
    expect(await caught(make({}))).toMatchObject({ statusCode: 400, param: 'lookup_key' });
    const second = await make({ transfer_lookup_key: true });
    const found = await stripe.prices.list({ lookup_keys: ['gold'] });
    expect(found.data.map((price) => price.id)).toEqual([second.id]);
    expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull();
    expect(String(second.unit_amount_decimal)).toBe('5');
  });

  it('finds promotion codes whatever their case and computes what is active', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'once', id: 'SAVE20' });
    const code = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: 'Spring',
    });
    const found = await stripe.promotionCodes.list({ code: 'SPRING', active: true, expand: ['data.promotion.coupon'] });
    expect(found.data[0]?.id).toBe(code.id);
    expect(found.data[0]?.promotion.coupon).toMatchObject({ id: 'SAVE20', valid: true });
    await stripe.promotionCodes.update(code.id, { active: false });
    expect((await stripe.promotionCodes.list({ code: 'spring', active: true })).data).toEqual([]);
  });

  it('replays an answer for an idempotency key and refuses other parameters', async () => {
    const options = { idempotencyKey: 'key-1' };
    const first = await stripe.customers.create({ name: 'Once' }, options);
    const second = await stripe.customers.create({ name: 'Once' }, options);
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    const error = await caught(stripe.customers.create({ name: 'Other' }, options));
    expect(error).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' });
  });

  it('answers 401, 403 and 404 in Stripe’s format', async () => {
    const ask = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(`${sandbox.url}${path}`, { headers });
      return { status: response.status, ...((await response.json()) as { error: object }).error };
    };
    expect(await ask('/v1/customers', {})).toMatchObject({ status: 401, type: 'invalid_request_error' });
    const live = await ask('/v1/customers', { authorization: 'Bearer sk_live_abcdefghijkl' });
    expect(live).toMatchObject({ status: 401, message: 'Invalid API Key provided: sk_live_********ijkl' });
    const publishable = await ask('/v1/customers', { authorization: 'Bearer pk_test_1' });
    expect(publishable).toMatchObject({ status: 403, code: 'secret_key_required' });
    const secret = { authorization: 'Bearer sk_test_1' };
    expect(await ask('/v1/nothing', secret)).toMatchObject({ status: 404, type: 'invalid_request_error' });
    const old = await ask('/v1/customers', { ...secret, 'stripe-version': '2020-08-27' });
    expect(old).toMatchObject({ status: 400 });
  });

  it('survives malformed bodies and absurd sizes', async () => {
    const post = async (body: string, type = 'application/x-www-form-urlencoded') => {
      const headers = { authorization: 'Bearer sk_test_1', 'content-type': type };
      const response = await fetch(`${sandbox.url}/v1/customers`, { method: 'POST', headers, body });
      return { status: response.status, body: (await response.json()) as { error?: { type: string } } };
    };
    const bad = ['name[a]=1', `a${'[b]'.repeat(50)}=1`, 'metadata=x', '%E0%A4%A=1', 'expand=x'];
    for (const body of bad) expect(await post(body)).toMatchObject({ status: 400, body: { error: {} } });
    expect((await post('{}', 'application/json')).status).toBe(400);
    expect((await post(`name=${'x'.repeat(3_000_000)}`)).status).toBe(413);
    expect((await post('name=fine&__proto__[x]=1')).status).toBe(200);
  });

  it('delivers signed events to a webhook endpoint, with a new signature for each attempt', async () => {
    const received: { body: string; signature: string }[] = [];
    const receiver = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ body, signature: String(request.headers['stripe-signature']) });
        response.writeHead(received.length === 1 ? 302 : 200).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const endpoint = await stripe.webhookEndpoints.create({
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      enabled_events: ['customer.created', 'customer.updated'],
    });
    const customer = await stripe.customers.create({ email: 'hook@example.com', metadata: { a: '1' } });
    await stripe.products.create({ name: 'unheard' });
    await stripe.customers.update(customer.id, { metadata: { a: '2', b: '3' } });
    const flushed = await fetch(`${sandbox.url}/_sandbox/deliveries/flush`, { method: 'POST' });
    expect(await flushed.json()).toEqual({ delivered: true, pending: 0 });
    const seen = received.map(({ body, signature }) =>
      stripe.webhooks.constructEvent(body, signature, endpoint.secret ?? ''),
    );
    expect(new Set(seen.map((event) => event.type))).toEqual(new Set(['customer.created', 'customer.updated']));
    expect(seen).toHaveLength(3);
    const update = seen.find((event) => event.type === 'customer.updated');
    expect(update?.data.previous_attributes).toEqual({ metadata: { a: '1', b: null } });
    expect((await stripe.events.list({ type: 'customer.updated', delivery_success: true })).data[0]?.id).toBe(
      update?.id,
    );
    await stripe.webhookEndpoints.del(endpoint.id);
    receiver.closeAllConnections();
    receiver.close();
  });

  it('advances its time, which objects and the Date header show', async () => {
    const response = await fetch(`${sandbox.url}/_sandbox/advance`, {
      method: 'POST',
      body: JSON.stringify({ seconds: 86_400 * 40 }),
    });
    const { now } = (await response.json()) as { now: number };
    const customer = await stripe.customers.create({});
    expect(customer.created).toBeGreaterThanOrEqual(now);
    expect(Date.parse(String(customer.lastResponse.headers['date'])) / 1000).toBeGreaterThanOrEqual(now);
    const left = await stripe.events.list({ limit: 100 });
    expect(left.data.map((event) => event.type)).toEqual(['customer.created']);
  });
});
