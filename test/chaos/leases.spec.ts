import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { type ChildProgram } from '../support/child-programs.js';
import { eventually } from '../support/eventually.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { wrongOf } from './histories/judge.js';
import { comeToRest } from './histories/play.js';
import { buy, insist } from './load.js';

const TIMEOUT = 120_000;
const PURCHASES = 24;
/** Seconds after a crash in which the same purchase must go through. */
const REPEATED_WITHIN = 5;

let servers: ServerProcesses;

beforeAll(async () => {
  servers = await createServerProcesses({ environment: { INTENT_POLL_SECONDS: '0.05' } });
}, TIMEOUT);
afterEach(() => servers.killAll());
afterAll(() => servers.close());

async function readiness({ firstLine: origin }: ChildProgram): Promise<{ status: number; works: boolean | undefined }> {
  const response = await fetch(`${origin}/health/ready`);
  const { parts } = (await response.json()) as { parts: { part: string; works: boolean }[] };
  return { status: response.status, works: parts.find(({ part }) => part === 'clock')?.works };
}

async function subscriptionsOf(caller: Caller) {
  const { data } = await servers.stripe.customers.list({ email: `${caller.sub}@example.com` });
  expect(data).toHaveLength(1);
  return (await servers.stripe.subscriptions.list({ customer: data[0]?.id ?? '', status: 'all' })).data;
}

describe('a server whose clock is ten minutes ahead, beside one whose clock is right', () => {
  it(
    'R1: takes no purchase of the other one over: none is refused, none is cancelled; it says that it is not ready',
    async () => {
      const right = await servers.start();
      const ahead = await servers.start({ clockSkewSeconds: 600 });
      // Long enough for the other one to look for what was left open.
      servers.toStripe.delayMs = 150;
      const buyers = await Promise.all(Array.from({ length: PURCHASES }, () => Caller.create(servers)));
      const answers: (number | undefined)[] = [];
      for (let first = 0; first < PURCHASES; first += 6) {
        const some = buyers.slice(first, first + 6).map((caller) => buy(caller, randomUUID()));
        answers.push(...(await Promise.all(some)).map((answer) => answer?.status));
      }
      servers.toStripe.delayMs = 0;
      expect(answers).toEqual(buyers.map(() => 201));
      await comeToRest(servers);
      for (const caller of buyers) {
        expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'active' }]);
        expect(await wrongOf(servers, caller)).toEqual([]);
      }
      await eventually(async () => expect(await readiness(ahead)).toEqual({ status: 503, works: false }));
      expect(await readiness(right)).toEqual({ status: 200, works: true });
    },
    TIMEOUT,
  );
});

describe('a server that is killed while Stripe makes a subscription', () => {
  it.each([
    ['of another server', 'other'],
    ['of the same server, started again', 'again'],
  ])(
    `R8: the same purchase goes through within ${REPEATED_WITHIN} s by help %s, once`,
    async (_who, who) => {
      const first = await servers.start();
      const caller = await Caller.create(servers);
      await caller.stripeCustomerId();
      const key = randomUUID();
      const made = servers.toStripe.holdAnswer(({ method, path }) => method === 'POST' && path === '/v1/subscriptions');
      const lost = buy(caller, key);
      const answer = await made;
      // The beat of its heart that comes last.
      if (who === 'other') await servers.start();
      await wait(1_000);
      const died = performance.now();
      await first.kill();
      answer.drop();
      expect(await lost).toBeNull();
      if (who === 'again') await servers.start();
      const { status } = await insist((again) => buy(caller, again), key);
      const seconds = (performance.now() - died) / 1000;
      expect(status).toBe(201);
      expect(seconds).toBeLessThan(REPEATED_WITHIN);
      // An event that the dead process had in hand is due when its time is over.
      await servers.passLeases();
      await comeToRest(servers);
      expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'active' }]);
      expect(await wrongOf(servers, caller)).toEqual([]);
    },
    TIMEOUT,
  );
});
