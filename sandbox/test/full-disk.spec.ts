import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createSandbox, type Sandbox } from '../src/sandbox.js';
import { eventually } from './support/child-programs.js';
import { type Answer, RawApi } from './support/raw-api.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const DISK_KIBIBYTES = 1024;
const AT_ONCE = 8;

const mayMount = mountsAt(mkdtempSync(path.join(tmpdir(), 'sandbox-mount-')));
const because = mayMount ? '' : ' (not run: this needs to be allowed to mount a tmpfs)';

/** Whether this process may mount a small file system of its own. */
function mountsAt(place: string): boolean {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_KIBIBYTES}k`, 'tmpfs', place]).status === 0;
  if (mounted) spawnSync('umount', [place]);
  rmSync(place, { recursive: true, force: true });
  return mounted;
}

(mayMount ? describe : describe.skip)(`the sandbox on a disk that is full${because}`, () => {
  let disk: string;
  let data: string;
  let sandbox: Sandbox;
  let api: RawApi;
  let told: string[];
  const start = async () => {
    told = [];
    const log = (message: string, error?: unknown) =>
      told.push(`${message}: ${(error as Error | undefined)?.message ?? ''}`);
    sandbox = await createSandbox({ dataDirectory: data, log, webhookRetrySeconds: [0.1, 0.1, 0.1, 0.1] });
    api = new RawApi(sandbox.port);
  };
  const stop = async () => {
    api.close();
    await sandbox.close();
  };
  beforeEach(async () => {
    disk = mkdtempSync(path.join(tmpdir(), 'sandbox-disk-'));
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_KIBIBYTES}k`, 'tmpfs', disk]);
    data = path.join(disk, 'data');
    mkdirSync(data);
    await start();
  });
  afterEach(async () => {
    await stop();
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  /** Takes all the room that is left. */
  function fill(): void {
    for (let bytes = 64 * 1024; bytes > 0;) {
      try {
        appendFileSync(path.join(disk, 'others'), Buffer.alloc(bytes));
      } catch {
        bytes = Math.floor(bytes / 2);
      }
    }
  }
  const makeRoom = () => rmSync(path.join(disk, 'others'));
  const create = (name: string) =>
    api.post('/v1/customers', `name=${name}&description=${'x'.repeat(2_000)}`, { 'idempotency-key': `key-${name}` });
  const createAtOnce = (name: string) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, number) => create(`${name}-${number}`)));
  const names = async () =>
    ((await api.ask('GET', '/v1/customers?limit=100')).body.data as { name: string }[]).map(({ name }) => name).sort();
  const namesOf = (answers: readonly Answer[]) => answers.map(({ body }) => body.name as string);

  /** Customers until the disk was full, then more: the names of those that were answered 200. */
  async function writeIntoFull(): Promise<string[]> {
    const stored = namesOf(await createAtOnce('before'));
    fill();
    let refused: Answer[] = [];
    // The file system rounds up: some may still find room.
    for (let round = 0; refused.length < AT_ONCE; round += 1) {
      const answers = await createAtOnce(`full-${round}`);
      refused = answers.filter(({ status }) => status !== 200);
      stored.push(...namesOf(answers.filter(({ status }) => status === 200)));
    }
    expect(new Set(refused.map(({ status, error }) => `${status} ${String(error?.type)}`))).toEqual(
      new Set(['500 api_error']),
    );
    expect(refused[0]?.error?.message).toContain('no space left on device');
    return stored.sort();
  }

  it('refuses writes, shows what is stored, and goes on by itself once there is room', async () => {
    const stored = await writeIntoFull();
    expect(await names()).toEqual(stored);
    expect((await create('full-0-0')).status).toBe(stored.includes('full-0-0') ? 200 : 500);
    makeRoom();
    await eventually(async () => (await create('after')).status === 200);
    // No answer was stored under the keys of those that were refused, no object half made.
    const again = await createAtOnce('full-0');
    expect(again.map(({ status }) => status)).toEqual(again.map(() => 200));
    const all = [...new Set([...stored, 'after', ...namesOf(again)])].sort();
    expect(await names()).toEqual(all);
    expect(told.filter((line) => line.includes('ENOSPC'))).toHaveLength(1);
    expect(told.filter((line) => line.includes('can store again'))).toHaveLength(1);
    await stop();
    await start();
    expect(await names()).toEqual(all);
    expect(told).toEqual([]);
  });

  it('has all that it answered, and nothing else, when it is started anew while the disk is full', async () => {
    const stored = await writeIntoFull();
    await stop();
    await start();
    expect(await names()).toEqual(stored);
    makeRoom();
    await eventually(async () => (await create('after')).status === 200);
  });

  it('keeps what falls due, and what is to be delivered, until there is room', async () => {
    const heard: string[] = [];
    const receiver = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const event = JSON.parse(Buffer.concat(chunks).toString()) as { data: { object: { name: string } } };
        heard.push(event.data.object.name);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    await api.post('/v1/webhook_endpoints', `url=http://127.0.0.1:${port}/&enabled_events[]=customer.created`);
    const stored = await writeIntoFull();
    const advance = () =>
      fetch(`${sandbox.url}/_sandbox/advance`, { method: 'POST', body: JSON.stringify({ seconds: 40 * 86_400 }) });
    expect((await advance()).status).toBe(500);
    makeRoom();
    await eventually(async () => (await create('after')).status === 200);
    expect((await advance()).status).toBe(200);
    await eventually(() => new Set(heard).size === stored.length + 1);
    expect([...new Set(heard)].sort()).toEqual([...stored, 'after'].sort());
    receiver.closeAllConnections();
    receiver.close();
  });

  it('lives on as a program whose log is on that disk, too', async () => {
    await stop();
    const log = openSync(path.join(disk, 'sandbox.log'), 'a');
    const program = spawn(process.execPath, [MAIN, '--port', '0', '--data', data], { stdio: ['ignore', 'pipe', log] });
    try {
      const [line] = (await once(createInterface({ input: program.stdout as Readable }), 'line')) as [string];
      api = new RawApi(Number(new URL(line.split(' ').at(-1) ?? '').port));
      const stored = await writeIntoFull();
      expect(await names()).toEqual(stored);
      makeRoom();
      await eventually(async () => (await create('after')).status === 200);
    } finally {
      closeSync(log);
      const ended = once(program, 'exit');
      program.kill();
      expect(await ended).toEqual([0, null]);
      await start();
    }
  });

  it('is reset, or not, as a whole', async () => {
    const stored = await writeIntoFull();
    const reset = () => fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' });
    expect((await reset()).status).toBe(500);
    expect(await names()).toEqual(stored);
    const save = await fetch(`${sandbox.url}/_sandbox/states/save`, { method: 'POST', body: '{"name":"big"}' });
    expect(save.status).toBe(500);
    expect(readdirSync(path.join(data, 'states'))).toEqual([]);
    makeRoom();
    await eventually(async () => (await reset()).status === 200);
    expect(await names()).toEqual([]);
  });
});

describe('a journal whose last line is torn', () => {
  it('is told of in the log at the next start', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'sandbox-torn-'));
    try {
      await (await createSandbox({ dataDirectory: data })).close();
      const [journal = ''] = readdirSync(data).filter((name) => name.startsWith('journal-'));
      appendFileSync(path.join(data, journal), '12345678 [["customer","cus_torn",{"id":');
      const told: string[] = [];
      const again = await createSandbox({ dataDirectory: data, log: (message) => told.push(message) });
      await again.close();
      expect(told).toEqual([expect.stringMatching(/journal-1\.log.* 39 bytes .*left out/)]);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  });
});
