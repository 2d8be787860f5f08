import { type TestedService } from '../../support/test-app.js';
import { type Lives } from './history.js';
import { unsettled } from './invariants.js';
import { wrongOf } from './judge.js';
import { Player } from './player.js';

/** The state of the sandbox that every run begins with. */
const BEGIN = 'begin';

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
  const players = await Promise.all(lives.customers.map(() => Player.create(app)));
  await Promise.all(players.map((player, index) => player.play(lives.customers[index] ?? [])));
  await app.settle();
  const wrong = [...players.flatMap((player) => player.failures), ...(await unsettled(app))];
  for (const player of players) wrong.push(...(await wrongOf(app, player.caller)));
  tally.histories += players.length;
  tally.events += (await countEvents(app)) - eventsBefore;
  return wrong;
}

async function countEvents(app: TestedService): Promise<number> {
  const [{ count }] = await app.dataSource.query<[{ count: number }]>(
    'select count(*)::int as count from webhook_events',
  );
  return count;
}
