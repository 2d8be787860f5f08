import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BASE_PATH } from '../../src/http/app.js';
import { Balancer } from '../support/balancer.js';
import { type ChildProgram } from '../support/child-programs.js';
import { eventually } from '../support/eventually.js';
import { bearer } from '../support/test-app.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { chaosSettings } from './chaos-settings.js';

const SERVERS = 2;
const CLIENTS = 8;
const { rollingRequests: requests, rollingRestarts: restarts } = chaosSettings();
const TIMEOUT = 120_000 + requests * 60 + restarts * 60_000;

let servers: ServerProcesses;
let balancer: Balancer;
let running: ChildProgram[];

beforeAll(async () => {
  servers = await createServerProcesses({ environment: { SHUTDOWN_DELAY_SECONDS: '1' } });
  running = [];
  for (let count = 0; count < SERVERS; count++) running.push(await servers.start());
  balancer = await Balancer.start(() => servers.addresses());
  await eventually(() => Promise.resolve(expect(balancer.readyServers).toBe(SERVERS)));
}, TIMEOUT);
afterAll(async () => {
  await balancer.close();
  await servers.close();
});

/** One client with one connection that is kept alive. */
class Client {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  private authorization = '';

  constructor(private readonly name: string) {}

  /** Every fifty requests somebody comes who was never seen before, buys, reads and changes; returns what failed. */
  async request(count: number): Promise<string[]> {
    const step = count % 50;
    if (step === 0) this.authorization = await bearer(`${this.name}-${count}`);
    if (step === 1)
      return this.send('POST', '/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }, [201]);
    if (step % 10 === 5) return this.send('PATCH', '/customer', { name: `Name ${count}` }, [200]);
    return this.send('GET', ['/subscription', '/customer', '/invoices'][step % 3] ?? '/plans', undefined, [200]);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, path: string, body: object | undefined, wanted: number[]): Promise<string[]> {
    return new Promise((resolve) => {
      const headers = {
        authorization: this.authorization,
        'content-type': 'application/json',
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
      };
      const request = http.request(`${balancer.url}/${BASE_PATH}${path}`, { method, headers, agent: this.agent });
      request.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const { statusCode = 0 } = response;
          resolve(wanted.includes(statusCode) ? [] : [`${method} ${path}: ${statusCode} ${text}`]);
        });
        response.on('error', (error) => resolve([`${method} ${path}: ${error.message}`]));
      });
      request.on('error', (error) => resolve([`${method} ${path}: ${error.message}`]));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

async function restartAll(): Promise<(number | null)[]> {
  const codes: (number | null)[] = [];
  for (const old of running.splice(0)) {
    running.push(await servers.start());
    await eventually(() => Promise.resolve(expect(balancer.readyServers).toBe(SERVERS + 1)));
    const ended = once(old.process, 'exit') as Promise<[number | null]>;
    old.process.kill('SIGTERM');
    codes.push((await ended)[0]);
  }
  return codes;
}

describe(`R9: ${restarts} rolling restarts of ${SERVERS} servers under ${requests} requests of ${CLIENTS} busy clients`, () => {
  it(
    'fail none of them',
    async () => {
      const failures: string[] = [];
      let sent = 0;
      let restarting = true;
      const clients = Array.from({ length: CLIENTS }, (_, number) => new Client(`rolling-${number}`));
      const load = clients.map(async (client) => {
        // Also after the last one was sent as long as servers restart: the restarts are what is tested.
        for (let count = 0; sent < requests || restarting; count++) {
          sent += 1;
          failures.push(...(await client.request(count)));
        }
      });
      const codes: (number | null)[] = [];
      for (let count = 0; count < restarts; count++) {
        codes.push(...(await restartAll()));
        // Spread over the requests.
        while (sent < (requests * (count + 1)) / restarts) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      restarting = false;
      await Promise.all(load);
      for (const client of clients) client.close();
      process.stdout.write(`${sent} requests, ${restarts * SERVERS} servers replaced, ${failures.length} failures\n`);
      expect(failures).toEqual([]);
      expect(codes).toEqual(codes.map(() => 0));
      expect(sent).toBeGreaterThanOrEqual(requests);
    },
    TIMEOUT,
  );
});
