// How long the Stripe sandbox takes for a simulated year of 1,000 monthly subscriptions, with durable state and every
// event delivered to a webhook endpoint: once by the control call that advances the whole sandbox, once by a test clock.
// Usage: npm run bench -w sandbox [-- --subscriptions 1000 --main dist/main.js --only global|clock]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Stripe from 'stripe';

const TARGET_SECONDS = 60;
const MONTHS = 12;
const PARALLEL = 20;
const START = Date.UTC(2025, 0, 31, 12) / 1000;

const { values } = parseArgs({
  options: {
    subscriptions: { type: 'string', default: '1000' },
    main: { type: 'string', default: path.resolve(import.meta.dirname, '../dist/main.js') },
    only: { type: 'string' },
    'node-options': { type: 'string', default: '' },
  },
});
const count = Number(values.subscriptions);

/** A receiver that accepts every event; it only counts. */
async function startReceiver() {
  let received = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      received += 1;
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/`, received: () => received, close: () => server.close() };
}

async function startSandbox(directory) {
  const options = values['node-options'].split(' ').filter((option) => option !== '');
  const child = spawn(process.execPath, [...options, values.main, '--port', '0', '--data', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  while (!/listening on \S+\n/.test(output)) await once(child.stdout, 'data');
  const url = /listening on (\S+)\n/.exec(output)[1];
  const control = async (name, body) => {
    const response = await fetch(`${url}/_sandbox/${name}`, {
      method: body ? 'POST' : 'GET',
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const stripe = new Stripe('sk_test_bench', {
    host: '127.0.0.1',
    port: Number(new URL(url).port),
    protocol: 'http',
    telemetry: false,
  });
  return { child, control, stripe };
}

/** CPU seconds that a process has used, where the system tells: they count when the machine is busy with other things. */
function cpuSeconds(pid) {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  const fields = readFileSync(file, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The most memory that a process has held, in megabytes, where the system tells. */
function peakMegabytes(pid) {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return Number.NaN;
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1]) / 1024);
}

async function subscribeAll(stripe, customerParams) {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 2900,
    recurring: { interval: 'month' },
    product_data: { name: 'Starter' },
  });
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const customer = await stripe.customers.create({
        ...customerParams,
        payment_method: 'pm_card_visa',
        invoice_settings: { default_payment_method: 'pm_card_visa' },
      });
      await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

const modes = {
  /** The control call moves everything that is on no test clock. */
  global: {
    prepare: async () => ({}),
    advance: async ({ control }) => {
      const { now } = await control('state');
      const outcome = await control('advance', { to: now + 365 * 86_400 + 7_200 });
      if (outcome.failed !== 0) throw new Error(JSON.stringify(outcome));
    },
  },
  /** Stripe's test clock API, two months at a time. */
  clock: {
    prepare: async ({ stripe }) => {
      const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START });
      return { test_clock: clock.id };
    },
    advance: async ({ stripe }, { test_clock: id }) => {
      for (let month = 2; month <= MONTHS; month += 2) {
        const last = new Date(Date.UTC(2025, 1 + month, 0, 14)).getTime() / 1000;
        const clock = await stripe.testHelpers.testClocks.retrieve(id);
        await stripe.testHelpers.testClocks.advance(id, {
          frozen_time: Math.min(last, clock.frozen_time + 58 * 86_400),
        });
        while ((await stripe.testHelpers.testClocks.retrieve(id)).status === 'advancing') await wait(20);
      }
    },
  },
};

async function measure(name) {
  const directory = mkdtempSync(path.join(tmpdir(), 'sandbox-bench-'));
  const receiver = await startReceiver();
  const sandbox = await startSandbox(directory);
  try {
    await sandbox.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
    const seconds = async (work) => {
      const started = performance.now();
      await work();
      return (performance.now() - started) / 1000;
    };
    let params = {};
    const made = await seconds(async () => {
      params = await modes[name].prepare(sandbox);
      await subscribeAll(sandbox.stripe, params);
    });
    await sandbox.control('deliveries/flush', { timeout_seconds: 300 });
    const before = receiver.received();
    const cpuBefore = cpuSeconds(sandbox.child.pid);
    const advanced = await seconds(() => modes[name].advance(sandbox, params));
    const cpuAdvanced = cpuSeconds(sandbox.child.pid);
    const delivered = await seconds(() => sandbox.control('deliveries/flush', { timeout_seconds: 300 }));
    const { objects } = await sandbox.control('state');
    console.log(
      `${name.padEnd(6)} ${count} subscriptions made in ${made.toFixed(1)} s; a year advanced in ${advanced.toFixed(1)} s ` +
        `(target ${TARGET_SECONDS} s), the rest of ${receiver.received() - before} webhooks after ${delivered.toFixed(1)} s ` +
        `more; ${objects.invoice} invoices, ${(cpuSeconds(sandbox.child.pid) - cpuBefore).toFixed(1)} s of CPU in the sandbox ` +
        `(${(cpuAdvanced - cpuBefore).toFixed(1)} s until the advance was over), at most ${peakMegabytes(sandbox.child.pid)} MB`,
    );
    return advanced + delivered;
  } finally {
    sandbox.child.kill('SIGTERM');
    await once(sandbox.child, 'exit');
    receiver.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const name of Object.keys(modes)) {
  if (values.only !== undefined && values.only !== name) continue;
  if ((await measure(name)) > TARGET_SECONDS) process.exitCode = 1;
}
