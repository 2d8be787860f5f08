import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';

interface Received {
  readonly event: Stripe.Event;
  readonly verified: boolean;
}

describe('disturbances on request: faults, chaos, saved states', () => {
  let sandbox: Sandbox;
  let receiver: http.Server;
  let endpointUrl: string;
  const received: Received[] = [];
  let secret = '';

  const client = (config: Stripe.StripeConfig = {}) =>
    new Stripe('sk_test_sandbox', {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
      ...config,
    });
  const control = async (path: string, body: object = {}): Promise<Record<string, unknown>> => {
    const response = await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, ...((await response.json()) as object) };
  };
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  beforeAll(async () => {
    sandbox = await createSandbox({ webhookRetrySeconds: [0.05, 0.05, 0.05, 0.05] });
    receiver = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        let verified = true;
        try {
          client().webhooks.constructEvent(body, String(request.headers['stripe-signature']), secret);
        } catch {
          verified = false;
        }
        received.push({ event: JSON.parse(body) as Stripe.Event, verified });
        response.writeHead(verified ? 200 : 400).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    endpointUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    await control('reset');
    received.length = 0;
  });
  afterAll(async () => {
    await sandbox.close();
    receiver.closeAllConnections();
    receiver.close();
  });
  const listen = async (): Promise<void> => {
    const endpoint = await client().webhookEndpoints.create({ url: endpointUrl, enabled_events: ['*'] });
    secret = endpoint.secret ?? '';
  };
  const makeCustomers = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) ids.push((await client().customers.create({})).id);
    await control('deliveries/flush');
    return ids;
  };

  it('breaks the connection after the work: the SDK’s retry gets the same object', async () => {
    await control('faults', { kind: 'break_after', method: 'POST', path: '/v1/customers' });
    const customer = await client({ maxNetworkRetries: 2 }).customers.create({ name: 'Once' });
    const all = await client().customers.list();
    expect(all.data.map(({ id }) => id)).toEqual([customer.id]);
  });

  it('answers 500, 429 and card errors as often as asked, then works again', async () => {
    await control('faults', { kind: 'status', status: 500, path: '/v1/customers', times: 2 });
    await control('faults', { kind: 'status', status: 429, path: '/v1/customers' });
    await control('faults', {
      kind: 'card_error',
      path: '/v1/customers',
      code: 'card_declined',
      decline_code: 'lost_card',
    });
    const errors = [];
    for (let call = 0; call < 4; call += 1) errors.push(await failure(client().customers.create({})));
    expect(errors).toMatchObject([
      { statusCode: 500, rawType: 'api_error' },
      { statusCode: 500 },
      { statusCode: 429, code: 'rate_limit' },
      { statusCode: 402, decline_code: 'lost_card' },
    ]);
    expect(await failure(client().customers.create({}))).toBeUndefined();
  });

  it('hangs until the client gives up', async () => {
    await control('faults', { kind: 'timeout', path: '/v1/**' });
    const error = await failure(client({ timeout: 100 }).customers.list());
    expect(error).toMatchObject({ type: 'StripeConnectionError' });
    expect(await failure(client().customers.list())).toBeUndefined();
  });

  it('refuses faults and chaos that it does not understand', async () => {
    expect(await control('faults', { kind: 'fire' })).toMatchObject({ status: 400 });
    expect(await control('chaos', { earthquake: 1 })).toMatchObject({ status: 400 });
    expect(await control('chaos', { duplicate: 7 })).toMatchObject({ status: 400 });
  });

  it('duplicates, drops until retry, and signs wrongly, yet every event arrives', async () => {
    await listen();
    await control('chaos', { seed: 7, duplicate: 1, drop_until_retry: 0.5, wrong_signature: 0.5 });
    const ids = await makeCustomers(12);
    const verified = received.filter((entry) => entry.verified).map(({ event }) => event.id);
    expect(new Set(verified).size).toBe(ids.length);
    expect(verified.length).toBeGreaterThan(ids.length);
    expect(received.some((entry) => !entry.verified)).toBe(true);
  });

  it('reorders events', async () => {
    await listen();
    await control('chaos', { seed: 3, reorder: 0.5 });
    const ids = await makeCustomers(12);
    const order = received.map(({ event }) => (event.data.object as { id: string }).id);
    expect([...order].sort()).toEqual([...ids].sort());
    expect(order).not.toEqual(ids);
  });

  it('makes the same decisions for the same seed', async () => {
    const attempts: number[][] = [];
    for (let run = 0; run < 2; run += 1) {
      await control('reset');
      await listen();
      await control('chaos', { seed: 42, duplicate: 0.4 });
      received.length = 0;
      const ids = await makeCustomers(15);
      attempts.push(
        ids.map((id) => received.filter(({ event }) => (event.data.object as { id: string }).id === id).length),
      );
    }
    expect(attempts[0]).toEqual(attempts[1]);
    expect(attempts[0]).toContain(2);
    expect(attempts[0]).toContain(1);
  });

  it('shows the shape of an older API version and many events of one second', async () => {
    await listen();
    const coupon = await client().coupons.create({ percent_off: 10 });
    await control('chaos', { old_api_version: 1, same_second: true });
    await client().promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id } });
    await control('deliveries/flush');
    const old = received.find(({ event }) => event.type === 'promotion_code.created')?.event;
    expect(old).toMatchObject({ api_version: '2024-06-20', data: { object: { coupon: coupon.id } } });
    expect((old?.created ?? 1) % 60).toBe(0);
  });

  it('never delivers what is dropped for good, lists it, and rounds the stamps of events down', async () => {
    await listen();
    await control('chaos', { drop_for_good: 1, stamp_seconds: 10 });
    received.length = 0;
    const { id } = await client().customers.create();
    expect(await control('deliveries/flush')).toMatchObject({ pending: 0 });
    expect(received).toEqual([]);
    const [event] = (await client().events.list()).data;
    expect(event).toMatchObject({ type: 'customer.created', data: { object: { id } } });
    expect((event?.created ?? 1) % 10).toBe(0);
  });

  it('still delivers what waits while the clock moves past the 30 days that events are kept', async () => {
    await listen();
    await control('chaos', { drop_until_retry: 1 });
    const { id } = await client().customers.create();
    await control('advance', { seconds: 86_400 * 40 });
    await control('deliveries/flush');
    expect(received.map(({ event }) => (event.data.object as { id: string }).id)).toEqual([id]);
    await control('advance', { seconds: 86_400 * 2 });
    expect((await client().events.list()).data).toEqual([]);
  });

  it('saves and loads a state by name, its time included', async () => {
    const kept = await client().customers.create({ name: 'Kept' });
    expect(await control('states/save', { name: 'base' })).toMatchObject({ name: 'base' });
    const removed = await client().customers.create({ name: 'Removed' });
    await control('advance', { seconds: 86_400 * 100 });
    const { now } = (await control('states/load', { name: 'base' })) as { now: number };
    expect(Math.abs(now - kept.created)).toBeLessThan(60);
    const left = await client().customers.list();
    expect(left.data.map(({ id }) => id)).toEqual([kept.id]);
    expect(await failure(client().customers.retrieve(removed.id))).toMatchObject({ statusCode: 404 });
    expect(await control('states/load', { name: 'none' })).toMatchObject({ status: 404 });
    expect(await control('states/save', { name: '../x' })).toMatchObject({ status: 400 });
  });
});
