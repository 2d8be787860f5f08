import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SUBSCRIBED_EVENT_TYPES } from '../../../src/webhooks/event-routes.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { chaosSettings } from '../chaos-settings.js';
import { COUPONS, lives } from './history.js';
import { keepBeginning, play, type Tally } from './play.js';
import { REGRESSIONS } from './regressions.js';

/** Customers that live beside each other in one run. */
const CUSTOMERS = 10;
const { histories, seed, path } = chaosSettings();
/** Milliseconds; more than enough for each number of histories. */
const TIMEOUT = 60_000 + histories * 4_000;

let app: TestApp;
const sandboxFailures: string[] = [];
const tally: Tally = { histories: 0, events: 0 };

beforeAll(async () => {
  app = await createTestApp({
    enabledEvents: SUBSCRIBED_EVENT_TYPES,
    environment: { EVENT_GAP_REPAIR_SECONDS: '1' },
    sandbox: { log: (message, error) => sandboxFailures.push(`${message}: ${String(error)}`) },
  });
  for (const id of COUPONS) await app.stripe.coupons.create({ id, percent_off: 20, duration: 'forever' });
  await app.settle();
  await keepBeginning(app);
}, 60_000);
afterAll(() => app.close());

describe('whatever happens to a customer, here and at Stripe', () => {
  it('ended otherwise once, and no more', async () => {
    for (const { was, lives: once } of REGRESSIONS)
      expect({ was, wrong: await play(app, once, tally) }).toEqual({ was, wrong: [] });
  });

  it(
    'ends as Stripe has it, in whatever order it is told',
    async () => {
      const property = fc.asyncProperty(lives(CUSTOMERS), async (drawn) => {
        expect(await play(app, drawn, tally)).toEqual([]);
      });
      const again = path === null ? {} : { path };
      await fc.assert(property, { seed, ...again, numRuns: Math.ceil(histories / CUSTOMERS), endOnFailure: true });
      process.stdout.write(`${tally.histories} histories, ${tally.events} events delivered\n`);
      expect(sandboxFailures).toEqual([]);
    },
    TIMEOUT,
  );
});
