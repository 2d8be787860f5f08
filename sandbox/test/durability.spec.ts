import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Stripe from 'stripe';
import { createSandbox } from '../src/sandbox.js';
import { type ChildProgram, eventually, startProgram } from './support/child-programs.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const START = Date.UTC(2025, 0, 31, 12) / 1000;
const SUBSCRIPTIONS = 12;

interface Running {
  readonly program: ChildProgram;
  readonly stripe: Stripe;
  control(route: string, body?: object): Promise<unknown>;
}

describe('the sandbox, killed as by kill -9 in the middle of its work', () => {
  let data: string;
  let receiver: http.Server;
  /** The ids of the events that the endpoint has accepted. */
  let accepted: Set<string>;
  const running: ChildProgram[] = [];

  beforeEach(async () => {
    data = mkdtempSync(path.join(tmpdir(), 'sandbox-durability-'));
    accepted = new Set();
    receiver = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        accepted.add((JSON.parse(Buffer.concat(chunks).toString()) as { id: string }).id);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const program of running.splice(0)) if (program.process.exitCode === null) await program.kill();
    receiver.closeAllConnections();
    receiver.close();
    rmSync(data, { recursive: true, force: true });
  });

  async function start(): Promise<Running> {
    const program = await startProgram(process.execPath, [MAIN, '--port', '0', '--data', data]);
    running.push(program);
    const url = program.firstLine.split(' ').at(-1) ?? '';
    const stripe = new Stripe('sk_test_durability', {
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
    });
    const control = async (route: string, body?: object): Promise<unknown> => {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`${url}/_sandbox/${route}`, init);
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    };
    return { program, stripe, control };
  }

  /** Subscriptions on a test clock, their events sent to the endpoint; all answered before this ends. */
  async function subscribe({ stripe }: Running): Promise<string> {
    await stripe.webhookEndpoints.create({
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      enabled_events: ['*'],
    });
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 2900,
      recurring: { interval: 'month' },
      product_data: { name: 'Starter' },
    });
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START });
    const one = async (): Promise<void> => {
      const customer = await stripe.customers.create({
        test_clock: clock.id,
        payment_method: 'pm_card_visa',
        invoice_settings: { default_payment_method: 'pm_card_visa' },
      });
      await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    };
    await Promise.all(Array.from({ length: SUBSCRIPTIONS }, one));
    return clock.id;
  }

  it('goes on where a test clock was, renews nothing twice, and delivers every event', async () => {
    const first = await start();
    const clock = await subscribe(first);
    await first.control('deliveries/flush', {});
    const before = accepted.size;
    await first.stripe.testHelpers.testClocks.advance(clock, { frozen_time: Date.UTC(2025, 2, 31, 12) / 1000 });
    await eventually(() => accepted.size > before);
    await first.program.kill();

    const second = await start();
    await eventually(async () => (await second.stripe.testHelpers.testClocks.retrieve(clock)).status === 'ready');
    const { delivered } = (await second.control('deliveries/flush', {})) as { delivered: boolean };
    expect(delivered).toBe(true);
    const subscriptions = await second.stripe.subscriptions.list({ test_clock: clock, limit: 100 });
    expect(subscriptions.data).toHaveLength(SUBSCRIPTIONS);
    for (const { id, customer } of subscriptions.data) {
      const invoices = await second.stripe.invoices.list({ subscription: id });
      expect(invoices.data.map((invoice) => invoice.status)).toEqual(['draft', 'paid', 'paid']);
      const charges = await second.stripe.charges.list({ customer: customer as string });
      expect(charges.data).toHaveLength(2);
    }
    const missing: string[] = [];
    for await (const event of second.stripe.events.list({ limit: 100 })) {
      if (!accepted.has(event.id)) missing.push(event.type);
    }
    expect(missing).toEqual([]);
  }, 60_000);

  it('keeps its saved states; a reset is durable and takes everything else', async () => {
    const first = await start();
    await subscribe(first);
    await first.control('states/save', { name: 'subscribed' });
    await first.control('reset', {});
    await first.program.kill();

    const second = await start();
    expect((await second.stripe.customers.list()).data).toEqual([]);
    expect((await second.stripe.webhookEndpoints.list()).data).toEqual([]);
    expect(await second.control('states')).toEqual({ states: ['subscribed'] });
    await second.control('states/load', { name: 'subscribed' });
    await second.program.kill();

    const third = await start();
    const [clock] = (await third.stripe.testHelpers.testClocks.list()).data;
    expect(clock?.frozen_time).toBe(START);
    const subscriptions = await third.stripe.subscriptions.list({ test_clock: clock?.id ?? '', limit: 100 });
    expect(subscriptions.data.map((subscription) => subscription.status)).toEqual(
      Array.from({ length: SUBSCRIPTIONS }, () => 'active'),
    );
  }, 60_000);
});

describe('an answer that waits to be durable', () => {
  it('says in its Date when it was true, also when time is advanced meanwhile', async () => {
    const dataDirectory = mkdtempSync(path.join(tmpdir(), 'sandbox-date-'));
    const sandbox = await createSandbox({ dataDirectory });
    try {
      const { port, url } = sandbox;
      const stripe = new Stripe('sk_test_date', { host: '127.0.0.1', port, protocol: 'http', telemetry: false });
      const advance = () =>
        fetch(`${url}/_sandbox/advance`, { method: 'POST', body: JSON.stringify({ seconds: 86_400 }) });
      for (let round = 0; round < 20; round++) {
        const [customer] = await Promise.all([stripe.customers.create({}), advance()]);
        const answered = Date.parse(String(customer.lastResponse.headers['date'])) / 1000;
        expect(answered - customer.created).toBeLessThanOrEqual(1);
      }
    } finally {
      await sandbox.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    }
  });
});
