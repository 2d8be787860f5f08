import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/child-programs.js';
import { NpmStart } from '../support/npm-start.js';

const MEBIBYTE = 1024 * 1024;
const RSS_LIMIT = 300 * MEBIBYTE;

describe.each([['linux', process.platform]].filter(([wanted, found]) => wanted === found))('the process on %s', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'billing-process-'));
  const environment = { BILLING_DATA_DIR: directory, PORT: '0', SANDBOX_PORT: '0', LOG_LEVEL: 'trace' };
  let service: NpmStart;
  beforeAll(async () => {
    service = new NpmStart(environment);
    await service.ready();
  }, 70_000);
  afterAll(async () => {
    service.child.kill('SIGKILL');
    await eventually(() => processesOf(directory, service.child.pid).length === 0);
    rmSync(directory, { recursive: true, force: true });
  });

  const call: NpmStart['call'] = (...request) => service.call(...request);

  it('holds less than 300 MiB after its start', () => {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${service.child.pid}/status`, 'utf8')) ?? [];
    expect(Number(kibibytes) * 1024).toBeGreaterThan(10 * MEBIBYTE);
    expect(Number(kibibytes) * 1024).toBeLessThan(RSS_LIMIT);
  });

  it('listens, with all that it embeds, on the loopback only', () => {
    const tree = processesOf(directory, service.child.pid);
    expect(tree.length).toBeGreaterThan(3);
    const listening = listeningAddresses(tree);
    expect(listening.length).toBeGreaterThanOrEqual(2);
    expect(listening.filter((address) => address !== '0100007F')).toEqual([]);
  });

  describe('logs a whole purchase', () => {
    const personal = {
      email: 'private.person@example.org',
      name: 'Wilhelmina Privatperson',
      phone: '+49 30 5550123',
      address_line1: '7 Hidden Lane',
      city: 'Geheimstadt',
      postal_code: 'QX7 9ZZ',
      country: 'GB',
    };
    const spoken = 'I would rather not say';
    const requestIds: string[] = [];
    let secret: string;
    const cancelCurrent = async (body: object) => {
      const { id } = (await (await call('GET', '/subscription')).json()) as { id: number };
      return call('POST', `/subscription/${id}/cancel`, body);
    };
    let entries: Record<string, unknown>[];
    beforeAll(async () => {
      const answers = [
        await call('PATCH', '/customer', personal),
        await call('POST', '/payment-methods', { payment_method_id: 'pm_card_mastercard' }),
        await call('POST', '/payment-methods/setup-intent'),
        await call('POST', '/subscription', { tier: 'starter', payment_method_id: 'pm_card_chargeCustomerFail' }),
        await call('POST', '/subscription', { tier: 'starter', coupon_code: 'GUESSED-CODE' }),
        await call('POST', '/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }),
        await cancelCurrent({ reason: spoken }),
        await call('GET', '/invoices?limit=7'),
        await call('GET', '/subscription', undefined, 'a-token-that-is-none'),
        await fetch(`${service.told('API')}/webhook`, {
          method: 'POST',
          headers: { 'Stripe-Signature': 't=1,v1=beef' },
          body: '{}',
        }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 201, 201, 402, 400, 201, 200, 200, 401, 400]);
      requestIds.push(...answers.map(({ headers }) => headers.get('x-request-id') ?? ''));
      secret = ((await answers[2]?.json()) as { client_secret: string }).client_secret;
      const invoices = async () => (await (await call('GET', '/invoices')).json()) as { status: string }[];
      await eventually(async () => (await invoices()).some(({ status }) => status === 'paid'));
      await eventually(() => service.output.includes(requestIds.at(-1) ?? ''));
      const welcome = /^(?:API|Swagger UI|Billing page|Stripe sandbox|Demo token) +\S+$/;
      const lines = service.output.split('\n').filter((line) => line !== '' && !welcome.test(line));
      entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    }, 60_000);

    it('as JSON, one object a line, with level, time and text', () => {
      expect(entries.length).toBeGreaterThan(20);
      for (const entry of entries)
        expect(entry).toMatchObject({
          level: expect.any(Number),
          time: expect.stringMatching(/^\d{4}-.*Z$/),
          msg: expect.any(String),
        });
    });

    it('with one line for each request, which carries the id of the answer', () => {
      const answered = entries.filter(({ msg }) => msg === 'answered');
      for (const id of requestIds)
        expect(answered.filter(({ request_id }) => request_id === id)).toMatchObject([
          {
            method: expect.any(String),
            path: expect.stringMatching(/^\/api\/v1\/billing\/[^?]*$/),
            status: expect.any(Number),
          },
        ]);
    });

    it('O8: without any secret, token, personal or card data', () => {
      const text = JSON.stringify(entries);
      const state = readFileSync(path.join(directory, stateFile(directory)), 'utf8');
      const secrets = [...state.matchAll(/"((?:sk|whsec)_[^"]+|[^"]{40,})"/g)].map(([, value = '']) => value);
      expect(secrets.length).toBeGreaterThanOrEqual(3);
      const token = service.told('Demo token');
      const never = [
        ...Object.values(personal).filter((value) => value.length > 2),
        ...secrets,
        token,
        token.split('.')[2] ?? token,
        secret,
        '_secret_',
        'a-token-that-is-none',
        'demo@example.com',
        'GUESSED-CODE',
        'v1=beef',
        'limit=7',
        spoken,
        '4242',
        '5555555555554444',
        'fingerprint',
      ];
      expect(never.filter((value) => text.includes(value))).toEqual([]);
      expect(never.filter((value) => service.errors.includes(value))).toEqual([]);
    });
  });

  it('ends at SIGTERM with exit code 0: running requests are answered, silent connections cut, and nothing is left', async () => {
    const { port } = new URL(service.told('API'));
    const slow = await beginRequest(Number(port), service.told('Demo token'));
    const silent = connect(Number(port), '127.0.0.1').resume();
    await once(silent, 'connect');
    service.child.kill('SIGTERM');
    await eventually(() => refuses(Number(port)));
    await eventually(() => silent.destroyed);
    expect(service.child.exitCode).toBeNull();
    slow.socket.write(slow.rest);
    await once(slow.socket, 'close');
    expect(slow.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(slow.received()).toContain('"name":"Patient"');
    expect(await service.ended).toEqual([0, null]);
    expect(service.errors).toBe('');
    expect(processesOf(directory, service.child.pid)).toEqual([]);
  }, 60_000);

  it('finds its data at the next start, also after it was killed', async () => {
    service = new NpmStart(environment);
    await service.ready();
    const before = (await (await call('GET', '/subscription')).json()) as { id: number };
    expect(before).toMatchObject({ tier: 'starter', status: 'active' });
    service.child.kill('SIGKILL');
    await service.ended;
    service = new NpmStart(environment);
    await service.ready();
    expect(await (await call('GET', '/subscription')).json()).toEqual(before);
    service.child.kill('SIGINT');
    expect(await service.ended).toEqual([0, null]);
  }, 120_000);
});

describe('law 11: a wrong configuration', () => {
  it.each([
    [{ STRIPE_SECRET_KEY: 'pk_test_not_secret' }, 'STRIPE_SECRET_KEY'],
    [{ STRIPE_SECRET_KEY: 'sk_live_1', DATABASE_URL: 'postgres://127.0.0.1:1/nothing' }, 'STRIPE_WEBHOOK_SECRET'],
  ])(
    '%j ends the program with exit code 1 and the name of the variable',
    async (wrong, name) => {
      const directory = mkdtempSync(path.join(tmpdir(), 'billing-process-'));
      const service = new NpmStart({
        BILLING_DATA_DIR: directory,
        PORT: '0',
        SANDBOX_PORT: '0',
        LOG_LEVEL: 'fatal',
        ...wrong,
      });
      expect(await service.ended).toEqual([1, null]);
      expect(service.errors).toContain(name);
      expect(service.errors).not.toMatch(/not_secret|sk_live_1|\n +at /);
      rmSync(directory, { recursive: true, force: true });
    },
    60_000,
  );
});

function stateFile(directory: string): string {
  return readdirSync(directory).find((name) => name.endsWith('.json')) ?? '';
}

/** The program, what it started, and what works on its data. */
function processesOf(directory: string, main: number | undefined): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return [];
      }
    });
  const found = new Set(
    all.filter(({ pid, command }) => pid === main || command.includes(directory)).map(({ pid }) => pid),
  );
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** The addresses, as /proc/net/tcp has them, on which processes accept connections. */
function listeningAddresses(pids: number[]): string[] {
  const sockets = new Set(pids.flatMap(socketsOf));
  return ['tcp', 'tcp6'].flatMap((protocol) =>
    readFileSync(`/proc/net/${protocol}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(inode ?? ''))
      .map(([, local = '']) => local.split(':')[0] ?? ''),
  );
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

/** A request of which the last bytes are still to come. */
async function beginRequest(
  port: number,
  token: string,
): Promise<{ socket: Socket; rest: string; received: () => string }> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  await once(socket, 'connect');
  const body = JSON.stringify({ name: 'Patient' });
  const head = [
    'PATCH /api/v1/billing/customer HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    '',
  ];
  socket.write(head.join('\r\n') + body.slice(0, 5));
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { socket, rest: body.slice(5), received: () => received };
}

async function refuses(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
