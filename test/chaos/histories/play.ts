import type Stripe from 'stripe';
import { type TestApp } from '../../support/test-app.js';
import { type Lives } from './history.js';
import { brokenInvariants, unsettled } from './invariants.js';
import { Player } from './player.js';
import { differencesOf } from './stripe-truth.js';

/** The state of the sandbox that every run begins with. */
const BEGIN = 'begin';

/** What the runs of a spec came to. */
export interface Tally {
  histories: number;
  events: number;
}

/** Keeps the state of the sandbox, for every run to begin with. */
export async function keepBeginning(app: TestApp): Promise<void> {
  await app.control('states/save', { name: BEGIN });
}

/** Plays lives and answers everything that is wrong afterwards. */
export async function play(app: TestApp, lives: Lives, tally: Tally): Promise<string[]> {
  await app.control('states/load', { name: BEGIN });
  const eventsBefore = await countEvents(app);
  await app.control('chaos', lives.chaos);
  const players = await Promise.all(lives.customers.map(() => Player.create(app)));
  await Promise.all(players.map((player, index) => player.play(lives.customers[index] ?? [])));
  await app.settle();
  const wrong = [...players.flatMap((player) => player.failures), ...(await unsettled(app))];
  for (const player of players) wrong.push(...(await judge(app, player)));
  tally.histories += players.length;
  tally.events += (await countEvents(app)) - eventsBefore;
  return wrong;
}

async function judge(app: TestApp, player: Player): Promise<string[]> {
  const own = await customersOf(app, player);
  const linked = await player.stripeCustomerId();
  const [customer] = own;
  if (customer === undefined) return linked === null ? [] : [`${linked}: is not at Stripe`];
  if (own.length > 1) return [`${player.caller.sub}: has ${own.length} customers at Stripe`];
  const wrong = [...(await differencesOf(app, customer)), ...(await brokenInvariants(app, customer))];
  return Promise.all(wrong.map(async (text) => `${text}\n${await traceOf(app, text)}`));
}

/** What was told about the objects that a text names: for the reader of a failure. */
async function traceOf(app: TestApp, text: string): Promise<string> {
  const ids: readonly string[] = text.match(/\b(cus|sub|in|pi|pm|re|sub_sched)_\w{10,}/g) ?? [];
  const atStripe: string[] = [];
  for await (const event of app.stripe.events.list({ limit: 100 })) {
    const object = event.data.object as { id?: string; status?: string };
    if (!ids.includes(object.id ?? '')) continue;
    const [row] = await app.dataSource.query<Record<string, unknown>[]>(
      'select state, reason, attempts, api_version from webhook_events where event_id = $1',
      [event.id],
    );
    atStripe.push(`  ${event.created} ${event.type} ${object.status ?? ''} → ${JSON.stringify(row ?? 'not here')}`);
  }
  return atStripe.reverse().join('\n');
}

/** By e-mail, as a human would look. */
async function customersOf(app: TestApp, { caller }: Player): Promise<Stripe.Customer[]> {
  const { data } = await app.stripe.customers.list({ email: `${caller.sub}@example.com`, limit: 100 });
  return data;
}

async function countEvents(app: TestApp): Promise<number> {
  const [{ count }] = await app.dataSource.query<[{ count: number }]>(
    'select count(*)::int as count from webhook_events',
  );
  return count;
}
