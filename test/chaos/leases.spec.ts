import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { type ChildProgram } from '../support/child-programs.js';
import { eventually } from '../support/eventually.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { chaosSettings } from './chaos-settings.js';
import { unsettled } from './histories/invariants.js';
import { wrongOf } from './histories/judge.js';
import { comeToRest } from './histories/play.js';
import { buy, insist } from './load.js';

const TIMEOUT = 120_000;
/** Seconds after a crash in which the same purchase must go through. */
const REPEATED_WITHIN = 5;
/** Seconds after a crash in which another server must have handled what the dead one had in hand: a poll later. */
const HANDLED_WITHIN = 12;

const { skewedPurchases } = chaosSettings();

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
      const buyers = await Promise.all(Array.from({ length: skewedPurchases }, () => Caller.create(servers)));
      const answers: (number | undefined)[] = [];
      for (let first = 0; first < skewedPurchases; first += 6) {
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
    TIMEOUT + skewedPurchases * 5_000,
  );
});

describe('a server that is killed while it handles an event', () => {
  it(
    'has it handled by another one at once',
    async () => {
      const first = await servers.start();
      const caller = await Caller.create(servers);
      const customer = await caller.stripeCustomerId();
      await servers.settle();
      // The body of an event that must be read anew is asked for at Stripe, which does not answer.
      const asked = servers.toStripe.holdAnswer(({ path }) => path.startsWith(`/v1/customers/${customer}`));
      for (const name of ['Ada', 'Ann']) await servers.stripe.customers.update(customer, { name });
      const answer = await asked;
      await servers.start();
      // The beat of its heart that comes last.
      await wait(1_000);
      const died = performance.now();
      await first.kill();
      answer.drop();
      await eventually(async () => {
        const rows = await servers.dataSource.query<{ name: string }[]>(
          `select name from customers where stripe_customer_id = $1`,
          [customer],
        );
        expect(rows).toEqual([{ name: 'Ann' }]);
        expect(await unsettled(servers)).toEqual([]);
      });
      expect((performance.now() - died) / 1000).toBeLessThan(HANDLED_WITHIN);
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
      await comeToRest(servers);
      expect(await subscriptionsOf(caller)).toMatchObject([{ status: 'active' }]);
      expect(await wrongOf(servers, caller)).toEqual([]);
    },
    TIMEOUT,
  );
});
