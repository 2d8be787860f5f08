import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Stripe from 'stripe';
import { createSandbox } from '../src/sandbox.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly stripe: Stripe;
}

async function start(directory: string, extra: string[] = []): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--data', directory, ...extra], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/listening on \S+\n/.test(output)) await once(child.stdout, 'data');
  const port = Number(/:(\d+)\n/.exec(output)?.[1]);
  const stripe = new Stripe('sk_test_sandbox', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
  });
  return { child, stripe };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await exited)[0];
}

describe('the sandbox as a process of its own', () => {
  const directories: string[] = [];
  const children: ChildProcess[] = [];
  const directory = (): string => {
    const made = mkdtempSync(path.join(tmpdir(), 'sandbox-journal-'));
    directories.push(made);
    return made;
  };
  const started = async (...parameters: Parameters<typeof start>): Promise<Running> => {
    const running = await start(...parameters);
    children.push(running.child);
    return running;
  };
  afterEach(() => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    for (const made of directories.splice(0)) rmSync(made, { recursive: true, force: true });
  });

  it('loses nothing that it answered when it is killed in the middle of parallel writes', async () => {
    const data = directory();
    const first = await started(data);
    const answered: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let number = 0; ; number += 1) {
        const made = await first.stripe.customers.create(
          { name: `${writer}-${number}` },
          { idempotencyKey: `key-${writer}-${number}` },
        );
        answered.push(made.id);
      }
    });
    while (answered.length < 60) await new Promise((resolve) => setImmediate(resolve));
    await end(first.child, 'SIGKILL');
    await Promise.allSettled(writers);

    const second = await started(data);
    const stored = new Set<string>();
    for await (const customer of second.stripe.customers.list({ limit: 100 })) stored.add(customer.id);
    expect(answered.filter((id) => !stored.has(id))).toEqual([]);
    const replayed = await second.stripe.customers.create({ name: '3-0' }, { idempotencyKey: 'key-3-0' });
    expect(replayed.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(answered).toContain(replayed.id);
    expect(await end(second.child, 'SIGTERM')).toBe(0);
  });

  it('delivers after a restart what an endpoint had not accepted', async () => {
    const data = directory();
    const bodies: string[] = [];
    let healthy = false;
    const receiver = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (healthy) bodies.push(body);
        response.writeHead(healthy ? 200 : 503).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const first = await started(data);
    await first.stripe.webhookEndpoints.create({
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      enabled_events: ['customer.created'],
    });
    const customer = await first.stripe.customers.create({});
    await end(first.child, 'SIGKILL');
    healthy = true;
    await started(data);
    while (bodies.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      type: 'customer.created',
      data: { object: { id: customer.id } },
    });
    receiver.closeAllConnections();
    receiver.close();
  });

  it('cuts off a torn last line and refuses a damaged journal', async () => {
    const data = directory();
    const sandbox = await createSandbox({ dataDirectory: data });
    const stripe = new Stripe('sk_test_1', {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      telemetry: false,
    });
    const customer = await stripe.customers.create({});
    await sandbox.close();
    const journal = path.join(data, readdirSync(data).find((name) => name.startsWith('journal-')) ?? '');
    appendFileSync(journal, '12345678 [["customer","cus_torn",{"id":');
    const again = await createSandbox({ dataDirectory: data });
    const response = await fetch(`${again.url}/v1/customers`, { headers: { authorization: 'Bearer sk_test_1' } });
    expect(((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([customer.id]);
    await again.close();
    appendFileSync(journal, '00000000 []\n00000000 []\n');
    await expect(createSandbox({ dataDirectory: data })).rejects.toThrow('is damaged at byte');
  });

  it('lets one process at a time use a directory, and ends with its parent', async () => {
    const data = directory();
    const first = await started(data, ['--exit-with-parent']);
    await expect(createSandbox({ dataDirectory: data })).rejects.toThrow('is in use by another sandbox');
    const exited = once(first.child, 'exit');
    first.child.stdin?.end();
    expect((await exited)[0]).toBe(0);
    const next = await createSandbox({ dataDirectory: data });
    await next.close();
  });
});
