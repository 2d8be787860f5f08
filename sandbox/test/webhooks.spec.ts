import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';

interface Attempt {
  readonly endpoint: string;
  readonly event: Stripe.Event;
  readonly body: string;
  readonly signature: string;
  readonly verified: boolean;
}

const idOf = (event: Stripe.Event): string => (event.data.object as { id: string }).id;

describe('webhooks and faults of the sandbox', () => {
  let sandbox: Sandbox;
  let stripe: Stripe;
  let receiver: http.Server;
  const attempts: Attempt[] = [];
  const secrets = new Map<string, string>();
  /** What the receiver answers to each address, nothing at all for 0; 200 when nothing is said. */
  const answers = new Map<string, number[]>();

  const client = (config: Stripe.StripeConfig = {}): Stripe =>
    new Stripe('sk_test_1', {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
      ...config,
    });
  const control = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await (await fetch(`${sandbox.url}/_sandbox/${path}`, request)).json()) as Record<string, unknown>;
  };

  function receive(endpoint: string, signature: string, body: string): Attempt {
    let verified = true;
    try {
      stripe.webhooks.constructEvent(body, signature, secrets.get(endpoint) ?? '');
    } catch {
      verified = false;
    }
    return { endpoint, event: JSON.parse(body) as Stripe.Event, body, signature, verified };
  }

  beforeAll(async () => {
    sandbox = await createSandbox({ webhookRetrySeconds: [0.02, 0.02, 0.02], webhookTimeoutSeconds: 2 });
    stripe = client();
    receiver = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const endpoint = request.url ?? '';
        const attempt = receive(
          endpoint,
          String(request.headers['stripe-signature']),
          Buffer.concat(chunks).toString(),
        );
        attempts.push(attempt);
        const status = answers.get(endpoint)?.shift() ?? (attempt.verified ? 200 : 400);
        if (status !== 0) response.writeHead(status).end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
  });
  afterEach(async () => {
    await control('reset', {});
    attempts.length = 0;
    answers.clear();
  });
  afterAll(async () => {
    await sandbox.close();
    receiver.closeAllConnections();
    receiver.close();
  });

  const listen = async (
    path: string,
    events: Stripe.WebhookEndpointCreateParams.EnabledEvent[] = ['*'],
    extra: Partial<Stripe.WebhookEndpointCreateParams> = {},
  ): Promise<Stripe.WebhookEndpoint> => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;
    const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: events, ...extra });
    secrets.set(path, endpoint.secret ?? '');
    return endpoint;
  };
  const flush = (): Promise<unknown> => control('deliveries/flush', {});

  it('constructEvent accepts each delivery with the secret of its own endpoint only', async () => {
    await listen('/a');
    await listen('/b');
    await stripe.customers.create({ name: 'Zoë 𝄞 "quoted"' });
    await flush();
    expect(attempts.map(({ endpoint, verified }) => [endpoint, verified]).sort()).toEqual([
      ['/a', true],
      ['/b', true],
    ]);
    const [first] = attempts;
    const construct = (body: string, secret: string) =>
      stripe.webhooks.constructEvent(body, first?.signature ?? '', secret);
    const own = secrets.get(first?.endpoint ?? '') ?? '';
    expect(construct(first?.body ?? '', own).data.object).toMatchObject({ name: 'Zoë 𝄞 "quoted"' });
    expect(() => construct(first?.body ?? '', secrets.get(first?.endpoint === '/a' ? '/b' : '/a') ?? '')).toThrow();
    expect(() => construct(`${first?.body} `, own)).toThrow();
  });

  it('an endpoint hears what it has enabled, and nothing while it is disabled', async () => {
    await listen('/customers', ['customer.created']);
    const off = await listen('/off');
    await stripe.webhookEndpoints.update(off.id, { disabled: true });
    const customer = await stripe.customers.create({});
    await stripe.customers.update(customer.id, { name: 'x' });
    await flush();
    expect(attempts.map(({ endpoint, event }) => [endpoint, event.type])).toEqual([['/customers', 'customer.created']]);
    await stripe.webhookEndpoints.update(off.id, { disabled: false, enabled_events: ['customer.deleted'] });
    await stripe.customers.del(customer.id);
    await flush();
    expect(attempts.slice(1).map(({ endpoint, event }) => [endpoint, event.type])).toEqual([
      ['/off', 'customer.deleted'],
    ]);
  });

  it('an endpoint cannot listen to a type of event that Stripe does not have', async () => {
    const { id } = await listen('/a', ['invoice.paid', 'customer.created']);
    const types = ['invoice.paid', 'invoice.payed'] as Stripe.WebhookEndpointCreateParams.EnabledEvent[];
    const refused = {
      statusCode: 400,
      type: 'StripeInvalidRequestError',
      param: 'enabled_events[1]',
      message: expect.stringMatching(/^Invalid enabled_events\[1\]: must be one of .*\binvoice\.paid\b/),
    };
    await expect(listen('/b', types)).rejects.toMatchObject(refused);
    await expect(stripe.webhookEndpoints.update(id, { enabled_events: types })).rejects.toMatchObject(refused);
    const endpoints = await stripe.webhookEndpoints.list();
    expect(endpoints.data.map(({ enabled_events: kept }) => kept)).toEqual([['invoice.paid', 'customer.created']]);
  });

  it('an endpoint with an older API version gets that version’s shape, the others today’s', async () => {
    await listen('/old', ['promotion_code.created'], { api_version: '2024-06-20' });
    await listen('/new', ['promotion_code.created']);
    const coupon = await stripe.coupons.create({ percent_off: 10 });
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id } });
    await flush();
    const of = (path: string) => attempts.find(({ endpoint }) => endpoint === path)?.event;
    expect(of('/old')).toMatchObject({ api_version: '2024-06-20', data: { object: { coupon: coupon.id } } });
    expect(of('/new')).toMatchObject({ data: { object: { promotion: { coupon: coupon.id } } } });
    expect(of('/old')?.id).toBe(of('/new')?.id);
  });

  it.each([302, 400, 404, 500])(
    '%i is no acceptance: it is tried again, signed anew, until it is given up',
    async (status) => {
      await listen('/broken', ['customer.created']);
      answers.set(
        '/broken',
        Array.from({ length: 20 }, () => status),
      );
      await stripe.customers.create({});
      expect(await flush()).toMatchObject({ delivered: true });
      expect(attempts).toHaveLength(4);
      expect(new Set(attempts.map(({ event }) => event.id)).size).toBe(1);
      expect(attempts.every(({ verified }) => verified)).toBe(true);
      const { deliveries } = await control('deliveries');
      expect(deliveries).toMatchObject([{ state: 'failed', attempts: 4, last_error: `HTTP ${status}` }]);
      expect((await stripe.events.list({ delivery_success: false })).data).toMatchObject([{ pending_webhooks: 1 }]);
    },
  );

  it('an endpoint that does not answer in time gets the event again', async () => {
    await listen('/silent', ['customer.created']);
    answers.set('/silent', [0]);
    const customer = await stripe.customers.create({});
    while (attempts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    let waiting: unknown;
    while (!String(waiting).includes('no answer')) {
      const { deliveries } = await control('deliveries');
      waiting = (deliveries as { last_error: string | null }[])[0]?.last_error ?? 'no answer, and no longer there';
    }
    expect(await flush()).toMatchObject({ delivered: true });
    expect(attempts.map(({ event }) => idOf(event))).toEqual([customer.id, customer.id]);
  });

  it('a failing endpoint holds up neither another one nor later events', async () => {
    await listen('/broken', ['customer.created']);
    await listen('/fine', ['customer.created']);
    answers.set('/broken', [500]);
    const first = await stripe.customers.create({});
    const second = await stripe.customers.create({});
    await flush();
    const heard = (path: string) =>
      attempts.filter(({ endpoint }) => endpoint === path).map(({ event }) => idOf(event));
    expect(heard('/fine').sort()).toEqual([first.id, second.id].sort());
    // Which of the two comes first is open; it is the one that fails.
    const [failed] = heard('/broken');
    expect(heard('/broken').sort()).toEqual([first.id, second.id, failed].sort());
  });

  it('pending_webhooks counts the endpoints that have not accepted yet', async () => {
    await listen('/a', ['customer.created']);
    await listen('/b', ['customer.created']);
    answers.set('/a', [500]);
    await stripe.customers.create({});
    expect((await stripe.events.list()).data[0]?.pending_webhooks).toBeGreaterThan(0);
    await flush();
    expect((await stripe.events.list()).data[0]?.pending_webhooks).toBe(0);
  });

  describe('chaos', () => {
    const makeCustomers = async (count: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let number = 0; number < count; number += 1) ids.push((await stripe.customers.create({})).id);
      return ids;
    };

    it('all kinds at once: every event arrives at last, and a run repeats exactly with its seed', async () => {
      const run = async (seed: number): Promise<string[]> => {
        await control('reset', {});
        await listen('/chaos', ['customer.created']);
        await control('chaos', {
          seed,
          duplicate: 0.4,
          reorder: 0.4,
          delay: 0.3,
          delay_seconds: 0.1,
          drop_until_retry: 0.1,
          old_api_version: 0.3,
          wrong_signature: 0.3,
        });
        attempts.length = 0;
        const ids = await makeCustomers(20);
        await flush();
        return ids.map((id) =>
          attempts
            .filter(({ event }) => idOf(event) === id)
            .map(({ event, verified }) => `${event.api_version} ${verified}`)
            .join(),
        );
      };
      const first = await run(11);
      expect(first.every((history) => history.includes('true'))).toBe(true);
      expect(new Set(first).size).toBeGreaterThan(3);
      expect(await run(11)).toEqual(first);
      expect(await run(12)).not.toEqual(first);
    });

    it('holds events back for as long as is asked', async () => {
      await listen('/late', ['customer.created']);
      await control('chaos', { delay: 1, delay_seconds: 0.3 });
      const started = performance.now();
      await stripe.customers.create({});
      expect(attempts).toEqual([]);
      await flush();
      expect(attempts).toHaveLength(1);
      expect(performance.now() - started).toBeGreaterThan(290);
    });

    it('a dropped event is not sent before its retry', async () => {
      await listen('/dropped', ['customer.created']);
      await control('chaos', { drop_until_retry: 1 });
      await stripe.customers.create({});
      await flush();
      expect(attempts).toHaveLength(1);
      expect(await control('deliveries')).toEqual({ deliveries: [] });
    });

    it('reset ends it', async () => {
      await control('chaos', { duplicate: 1 });
      await control('reset', {});
      expect(await control('chaos')).toMatchObject({ duplicate: 0, drop_until_retry: 0, same_second: false });
    });
  });

  describe('faults', () => {
    const count = async (): Promise<number> => (await stripe.customers.list({ limit: 100 })).data.length;
    const refused = (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => undefined,
        (error: unknown) => error,
      );

    it.each([
      ['break_before', {}, 0],
      ['break_after', {}, 1],
      ['status', { status: 503 }, 0],
      ['status', { status: 500, after: true }, 1],
    ])('%s %j leaves %i objects', async (kind, extra, left) => {
      await control('faults', { kind, path: '/v1/customers', method: 'POST', times: 2, ...extra });
      const options = { idempotencyKey: `fault ${kind} ${left}` };
      expect(await refused(stripe.customers.create({ name: 'x' }, options))).toBeDefined();
      expect(await count()).toBe(left);
      await control('faults/clear', {});
      const again = await stripe.customers.create({ name: 'x' }, options);
      expect(again.lastResponse.headers['idempotent-replayed']).toBe(left === 1 ? 'true' : undefined);
      expect(await count()).toBe(1);
    });

    it('the SDK repeats by itself what broke or failed, and gets the one object there is', async () => {
      await control('faults', { kind: 'break_after', path: '/v1/customers', method: 'POST' });
      await control('faults', { kind: 'status', status: 500, after: true, path: '/v1/customers', method: 'POST' });
      const customer = await client({ maxNetworkRetries: 3 }).customers.create({ name: 'Once' });
      expect((await stripe.customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
      expect(customer.lastResponse.headers['idempotent-replayed']).toBe('true');
    });

    it('meet the calls of their method and path pattern only', async () => {
      const { id } = await stripe.customers.create({});
      await control('faults', { kind: 'status', status: 500, path: '/v1/customers/*', method: 'GET', times: 9 });
      expect(await refused(stripe.customers.retrieve(id))).toMatchObject({ statusCode: 500 });
      expect(await refused(stripe.customers.update(id, { name: 'x' }))).toBeUndefined();
      expect(await refused(stripe.customers.list())).toBeUndefined();
      expect(await refused(stripe.customers.listPaymentMethods(id))).toBeUndefined();
    });

    it('429 and card errors have the words of Stripe', async () => {
      await control('faults', { kind: 'status', status: 429, path: '/v1/**' });
      await control('faults', { kind: 'card_error', path: '/v1/**', code: 'expired_card' });
      expect(await refused(stripe.customers.list())).toMatchObject({
        type: 'StripeRateLimitError',
        code: 'rate_limit',
      });
      expect(await refused(stripe.customers.list())).toMatchObject({ type: 'StripeCardError', code: 'expired_card' });
    });
  });
});
