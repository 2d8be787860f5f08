import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { chaosSettings } from './chaos-settings.js';
import { COUPONS, lives } from './histories/history.js';
import { keepBeginning, play, type Tally } from './histories/play.js';

const SERVERS = 3;
const CUSTOMERS = 10;
const { histories, seed } = chaosSettings();
const runs = Math.max(1, Math.floor(histories / 100));
const TIMEOUT = 180_000 + runs * 60_000;

/** An event is settled in the transaction of its effect, so whoever counts the one counts the other. */
const COUNT_EFFECTS = `
  create table effects (event_id text not null);
  create function note_effect() returns trigger language plpgsql as
    $$ begin insert into effects values (new.event_id); return null; end $$;
  create trigger note_effect after update on webhook_events
    for each row when (new.state = 'done') execute function note_effect()`;

let servers: ServerProcesses;
const tally: Tally = { histories: 0, events: 0 };

beforeAll(async () => {
  servers = await createServerProcesses({ environment: { EVENT_GAP_REPAIR_SECONDS: '1' } });
  for (const id of COUPONS) await servers.stripe.coupons.create({ id, percent_off: 20, duration: 'forever' });
  for (let count = 0; count < SERVERS; count++) await servers.start();
  await servers.dataSource.query(COUNT_EFFECTS);
  await servers.settle();
  await keepBeginning(servers);
}, TIMEOUT);
afterAll(() => servers.close());

describe(`${SERVERS} servers on one database`, () => {
  it(
    'come to what Stripe has, and no two of them handle the same event',
    async () => {
      const property = fc.asyncProperty(lives(CUSTOMERS), async (drawn) => {
        expect(await play(servers, drawn, tally)).toEqual([]);
      });
      await fc.assert(property, { seed, numRuns: runs, endOnFailure: true });
      const handled = await servers.dataSource.query<{ event_id: string; count: number }[]>(
        'select event_id, count(*)::int as count from effects group by 1',
      );
      expect(handled.filter(({ count }) => count > 1)).toEqual([]);
      expect(handled.length).toBeGreaterThan(CUSTOMERS);
    },
    TIMEOUT,
  );
});
