import { setTimeout as wait } from 'node:timers/promises';
import { type TestedService } from '../../support/test-app.js';
import { type Lives } from './history.js';
import { missingEvents, unsettled } from './invariants.js';
import { wrongOf } from './judge.js';
import { Player } from './player.js';
import { passTimeOf } from './time.js';

/** The state of the sandbox that every run begins with. */
const BEGIN = 'begin';
/** Longest time in which nothing comes to its end, on however slow a machine. */
const STANDSTILL_MS = 30_000;

/** What the runs of a spec came to. */
export interface Tally {
  histories: number;
  events: number;
}

/** Keeps the state of the sandbox, for every run to begin with. */
export async function keepBeginning(app: TestedService): Promise<void> {
  await app.control('states/save', { name: BEGIN });
}

/** Plays lives and answers everything that is wrong afterwards. */
export async function play(app: TestedService, lives: Lives, tally: Tally): Promise<string[]> {
  await app.control('states/load', { name: BEGIN });
  const eventsBefore = await countEvents(app);
  await app.control('chaos', lives.chaos);
  const passTime = passTimeOf(app, lives.chaos.drop_for_good > 0);
  const players = await Promise.all(lives.customers.map(() => Player.create(app, passTime)));
  await Promise.all(players.map((player, index) => player.play(lives.customers[index] ?? [])));
  await comeToRest(app);
  const wrong = [...players.flatMap((player) => player.failures), ...(await unsettled(app))];
  wrong.push(...(await missingEvents(app)).map((id) => `${id}: has not come in`));
  for (const player of players) wrong.push(...(await wrongOf(app, player.caller)));
  tally.histories += players.length;
  tally.events += (await countEvents(app)) - eventsBefore;
  return wrong;
}

/**
 * Waits until all is delivered and handled, and what had to be done at Stripe for it is done and delivered, too; or until
 * nothing moves any more.
 */
export async function comeToRest(app: TestedService): Promise<void> {
  let seen = { progress: '', at: performance.now() };
  do {
    // What does not settle is found by `unsettled`, with the reason.
    await app.settle().catch(() => undefined);
    const progress = await progressOf(app);
    // What came in while it was looked at may have led to more.
    if ((await atRest(app)) && (await progressOf(app)) === progress) return;
    if (progress !== seen.progress) seen = { progress, at: performance.now() };
    await wait(100);
  } while (performance.now() - seen.at < STANDSTILL_MS);
}

/** Differs whenever an event has come in, or a delivery, an event or an operation to its end. */
async function progressOf(app: TestedService): Promise<string> {
  const { pending_deliveries: pending } = (await app.control('state')) as { pending_deliveries: number };
  const [ended] = await app.dataSource.query<object[]>(
    `select (select count(*) from webhook_events) as stored,
            (select count(*) from webhook_events where state in ('done', 'ignored', 'failed')) as events,
            (select count(*) from stripe_operations where state <> 'open') as operations`,
  );
  return JSON.stringify([pending, ended]);
}

async function atRest(app: TestedService): Promise<boolean> {
  if ((await unsettled(app)).length > 0) return false;
  const { pending_deliveries: pending } = (await app.control('state')) as { pending_deliveries: number };
  return pending === 0 && (await missingEvents(app)).length === 0;
}

async function countEvents(app: TestedService): Promise<number> {
  const [{ count }] = await app.dataSource.query<[{ count: number }]>(
    'select count(*)::int as count from webhook_events',
  );
  return count;
}
