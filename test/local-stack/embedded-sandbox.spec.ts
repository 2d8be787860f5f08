import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Stripe from 'stripe';
import { type EmbeddedSandbox, startEmbeddedSandbox } from '../../src/local-stack/embedded-sandbox.js';
import { anyFreePort } from '../../src/local-stack/ports.js';
import { processIsAlive } from '../../src/local-stack/processes.js';
import { type ChildProgram, eventually, startProgram } from '../support/child-programs.js';

const HOLD = path.resolve(import.meta.dirname, '../support/hold-sandbox.js');

function client({ port }: { port: number }): Stripe {
  return new Stripe('sk_test_123', { host: '127.0.0.1', port, protocol: 'http', telemetry: false });
}

async function untilItAnswers(sandbox: { port: number }): Promise<void> {
  const asks = () => client(sandbox).products.list();
  await eventually(() =>
    asks().then(
      () => true,
      () => false,
    ),
  );
}

describe('startEmbeddedSandbox', () => {
  let directory: string;
  const users: { stop(): Promise<void> }[] = [];
  const start = async (port = 0) => {
    const sandbox = await startEmbeddedSandbox({ directory, port });
    users.push(sandbox);
    return sandbox;
  };
  const hold = async () => {
    const child: ChildProgram = await startProgram(process.execPath, [HOLD, directory]);
    return { child, sandbox: JSON.parse(child.firstLine) as Omit<EmbeddedSandbox, 'stop'> };
  };
  const sandboxPid = () => {
    const { pid } = JSON.parse(readFileSync(path.join(directory, 'process.json'), 'utf8')) as { pid: number };
    return pid;
  };
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sandbox-test-'));
  });
  afterEach(async () => {
    for (const user of users.splice(0)) await user.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('keeps its port and its data across restarts', async () => {
    const first = await start();
    const product = await client(first).products.create({ name: 'Kept' });
    await first.stop();
    const second = await start();
    expect(second.port).toBe(first.port);
    expect((await client(second).products.retrieve(product.id)).name).toBe('Kept');
  });

  it('listens on the loopback address 127.0.0.1 only', async () => {
    const { port } = await start();
    const refused = { code: expect.stringMatching(/ECONNREFUSED|EADDRNOTAVAIL|EHOSTUNREACH/) };
    await expect(once(connect(port, '127.0.0.2'), 'connect')).rejects.toMatchObject(refused);
  });

  it('takes the next free port when another program listens on the wanted one', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port: taken } = other.address() as AddressInfo;
    const sandbox = await start(taken);
    expect(sandbox.port).toBeGreaterThan(taken);
    await expect(client(sandbox).products.list()).resolves.toMatchObject({ data: [] });
    other.close();
  });

  it('moves to another wanted port when one is asked for', async () => {
    await (await start()).stop();
    const wanted = await anyFreePort();
    expect((await start(wanted)).port).toBe(wanted);
  });

  it('is shared by processes, and outlives the one that started it for those that still use it', async () => {
    const { child, sandbox } = await hold();
    const adopter = await start();
    expect([adopter.adopted, adopter.port]).toEqual([true, sandbox.port]);
    const product = await client(adopter).products.create({ name: 'Kept' });
    const first = sandboxPid();
    await child.kill();
    await eventually(() => sandboxPid() !== first);
    await untilItAnswers(adopter);
    expect((await client(adopter).products.retrieve(product.id)).name).toBe('Kept');
  });

  it('is started once when several processes ask for it at once', async () => {
    const all = await Promise.all([hold(), hold(), hold()]);
    expect(new Set(all.map(({ sandbox }) => sandbox.port)).size).toBe(1);
    expect(all.filter(({ sandbox }) => !sandbox.adopted)).toHaveLength(1);
    await Promise.all(all.map(({ child }) => child.kill()));
  });

  it('ends with a process that was killed', async () => {
    const { child } = await hold();
    const pid = sandboxPid();
    await child.kill();
    await eventually(() => !processIsAlive(pid));
  });

  it('is started again on its port when it was killed itself', async () => {
    const sandbox = await start();
    const product = await client(sandbox).products.create({ name: 'Kept' });
    const pid = sandboxPid();
    process.kill(pid, 'SIGKILL');
    await eventually(() => sandboxPid() !== pid);
    await untilItAnswers(sandbox);
    expect((await client(sandbox).products.retrieve(product.id)).name).toBe('Kept');
  });
});
