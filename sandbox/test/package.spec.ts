import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { type LocalRegistry, startLocalRegistry } from './support/local-registry.js';

const run = promisify(execFile);
/** Seen from the compiled tests. */
const ROOT = path.resolve(import.meta.dirname, '../../..');
const TSC = path.join(ROOT, 'node_modules/typescript-native/bin/tsc');
const START_SECONDS = 2;
/** Another test file may have the processor just then; the program's own time is the shortest. */
const STARTS = 8;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the packed package, installed in an empty folder', () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'sandbox-package-')));
  // Nothing of the npm that runs these tests: it tells its children which workspace they are in.
  const { PATH, HOME } = process.env;
  const environment: NodeJS.ProcessEnv = { PATH, HOME };
  let registry: LocalRegistry;
  let files: readonly string[] = [];

  beforeAll(async () => {
    registry = await startLocalRegistry(ROOT);
    Object.assign(environment, {
      npm_config_registry: registry.url,
      npm_config_cache: path.join(folder, '.npm'),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    });
    const packing = ['pack', '-w', 'sandbox', '--json', '--pack-destination', folder];
    const { stdout } = await run('npm', packing, { cwd: ROOT, env: environment });
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    files = packed.files.map((file) => file.path);
    await run('npm', ['install', `./${packed.filename}`], { cwd: folder, env: environment });
  }, 120_000);
  afterAll(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts it as a person does, and ends it when `use` is through. Answers the seconds until its first line. */
  async function start(port: number, use: () => Promise<void> = () => Promise.resolve()): Promise<number> {
    const startedAt = performance.now();
    const child = spawn('npx', ['stripe-sandbox', '--port', String(port)], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      // A process group of its own, so that the signal reaches npx and what it started.
      detached: true,
    });
    try {
      const line = await firstLine(child);
      const seconds = (performance.now() - startedAt) / 1000;
      expect(line).toBe(`Stripe sandbox listening on http://127.0.0.1:${port}`);
      await use();
      return seconds;
    } finally {
      const ended = once(child, 'exit');
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await ended;
    }
  }

  async function firstLine(child: ChildProcess): Promise<string> {
    if (!child.stdout) throw new Error('no output');
    const line = once(createInterface({ input: child.stdout }), 'line');
    const early = once(child, 'exit').then(() => Promise.reject(new Error('it ended without a word')));
    const [text] = (await Promise.race([line, early])) as [string];
    return text;
  }

  it('holds the program, its types, README and licence, and nothing else', () => {
    const others = files.filter((file) => !/^dist\/[a-z0-9/-]+\.js$/.test(file));
    expect(others.sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/index.d.ts',
      'dist/public-types.d.ts',
      'package.json',
    ]);
    expect(files).toContain('dist/main.js');
  });

  it('starts in under 2 s and serves the official SDK', async () => {
    const port = await freePort();
    const seconds = [
      await start(port, async () => {
        const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http', telemetry: false });
        const { id } = await stripe.customers.create({ name: 'Ada' });
        expect(await stripe.customers.retrieve(id)).toMatchObject({ object: 'customer', name: 'Ada' });
      }),
    ];
    while (Math.min(...seconds) >= START_SECONDS && seconds.length < STARTS) seconds.push(await start(port));
    expect(Math.min(...seconds)).toBeLessThan(START_SECONDS);
  }, 60_000);

  it('gives createSandbox to other programs', async () => {
    const program = `
      import { CALM, createSandbox } from 'stripe-sandbox';
      const sandbox = await createSandbox();
      const answer = await fetch(sandbox.url + '/v1/customers', { headers: { Authorization: 'Bearer sk_test_1' } });
      console.log(answer.status, CALM.duplicate);
      await sandbox.close();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
      env: environment,
    });
    expect(stdout).toBe('200 0\n');
  });

  it('has types that need no other package', async () => {
    const program = `
      import { type ChaosSettings, createSandbox, type Sandbox } from 'stripe-sandbox';
      const sandbox: Sandbox = await createSandbox({ port: 0, log: (message) => message.trim() });
      export const port: number = sandbox.port;
      export const chaos: Partial<ChaosSettings> = { duplicate: 0.5 };
      // @ts-expect-error: there is no such option
      await createSandbox({ ports: 1 });`;
    writeFileSync(path.join(folder, 'program.mts'), program);
    const strictly = [
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      'false',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2022',
    ];
    await expect(run(process.execPath, [TSC, ...strictly, 'program.mts'], { cwd: folder })).resolves.toMatchObject({
      stdout: '',
    });
  }, 60_000);
});
