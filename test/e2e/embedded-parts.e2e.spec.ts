import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processIsAlive } from '../../src/local-stack/processes.js';
import { eventually as untilTrue } from '../support/child-programs.js';
import { eventually } from '../support/eventually.js';
import { NpmStart } from '../support/npm-start.js';

const TIMEOUT = 120_000;
/** Between two requests while a part is away. */
const PAUSE_MS = 20;

let directory: string;
let service: NpmStart;
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'billing-parts-'));
  service = new NpmStart({ BILLING_DATA_DIR: directory, PORT: '0', SANDBOX_PORT: '0' });
  await service.ready();
}, TIMEOUT);
afterEach(async () => {
  service.child.kill('SIGINT');
  await service.ended;
  rmSync(directory, { recursive: true, force: true });
}, TIMEOUT);

const fileOf = (...names: string[]) => path.join(directory, ...names);
const postmaster = () => Number.parseInt(readFileSync(fileOf('postgres/data/postmaster.pid'), 'utf8'));
const sandbox = () => (JSON.parse(readFileSync(fileOf('stripe-sandbox/process.json'), 'utf8')) as { pid: number }).pid;

const buy = () => service.call('POST', '/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' });
const change = () => service.call('PATCH', '/customer', { name: 'Ann' });

/** Repeats a request until one is answered 200; returns what the others heard. */
async function untilAnswered(send: () => Promise<Response>): Promise<string[]> {
  const heard: string[] = [];
  await untilTrue(async () => {
    const { status, headers } = await send();
    if (status === 200) return true;
    heard.push(`${status} ${Number(headers.get('retry-after')) > 0 ? 'Retry-After' : ''}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return false;
  }, 60);
  return heard;
}

describe.each([['linux', process.platform]].filter(([wanted, found]) => wanted === found))('R15: on %s', () => {
  it(
    'PostgreSQL that dies is started again with its data; callers hear 503 meanwhile',
    async () => {
      expect((await buy()).status).toBe(201);
      for (let count = 0; count < 2; count++) {
        const died = postmaster();
        process.kill(died, 'SIGKILL');
        await untilTrue(() => !processIsAlive(died));
        const heard = await untilAnswered(() => service.call('GET', '/subscription'));
        expect(new Set(heard)).toEqual(new Set(['503 Retry-After']));
        expect(postmaster()).not.toBe(died);
      }
      expect(await (await service.call('GET', '/subscription')).json()).toMatchObject({ tier: 'starter' });
      await eventually(async () =>
        expect((await fetch(new URL('/health/ready', service.told('API')))).status).toBe(200),
      );
      expect(service.output).toMatch(/PostgreSQL has died/);
      // It is ours to stop, too.
      const last = postmaster();
      service.child.kill('SIGINT');
      expect(await service.ended).toEqual([0, null]);
      expect(processIsAlive(last)).toBe(false);
    },
    TIMEOUT,
  );

  it(
    'the sandbox that dies is started again with its data; callers hear 503 meanwhile',
    async () => {
      expect((await buy()).status).toBe(201);
      const died = sandbox();
      process.kill(died, 'SIGKILL');
      await untilTrue(() => !processIsAlive(died));
      // Most calls are retried until it is there again.
      const heard = await untilAnswered(change);
      expect(heard.filter((answer) => answer !== '503 Retry-After')).toEqual([]);
      expect(sandbox()).not.toBe(died);
      expect(service.output).toMatch(/Stripe sandbox has died/);
      expect((await buy()).status).toBe(409);
    },
    TIMEOUT,
  );

  it(
    'PostgreSQL that cannot be started again ends the server with the reason',
    async () => {
      writeFileSync(fileOf('postgres/data/postgresql.conf'), 'no_such_setting = 1');
      process.kill(postmaster(), 'SIGKILL');
      expect(await service.ended).toEqual([1, null]);
      expect(service.errors).toMatch(/PostgreSQL has died and does not start again[^]*no_such_setting/);
    },
    TIMEOUT,
  );

  it(
    'a sandbox that cannot be started again ends the server with the reason',
    async () => {
      const data = fileOf('stripe-sandbox/data');
      const [journal = ''] = readdirSync(data).filter((name) => name.startsWith('journal-'));
      appendFileSync(path.join(data, journal), 'not a line\nnor this\n');
      const lastPostmaster = postmaster();
      process.kill(sandbox(), 'SIGKILL');
      expect(await service.ended).toEqual([1, null]);
      expect(service.errors).toMatch(/Stripe sandbox has died and does not start again[^]*is damaged at byte/);
      expect(processIsAlive(lastPostmaster)).toBe(false);
    },
    TIMEOUT,
  );
});
