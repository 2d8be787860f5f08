import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from '../support/cli.js';
import { type EventReceiver, startEventReceiver } from '../support/event-receiver.js';
import { eventually } from '../support/child-programs.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { chaosSettings } from './chaos-settings.js';
import { Random } from './ordering-model/random.js';

const { outgoingChanges, outgoingKills, seed } = chaosSettings();
const TIMEOUT = 120_000 + outgoingChanges * 300 + outgoingKills * 10_000;
const PAYERS = Math.min(40, Math.ceil(outgoingChanges / 5));
/** Of a hundred deliveries. */
const FAILING = 30;

let servers: ServerProcesses;
let receiver: EventReceiver;
let key: string;
/** What the receiver answers, and whether it is there. */
const random = new Random(seed);
let away = false;
beforeAll(async () => {
  servers = await createServerProcesses();
  receiver = await startEventReceiver(() => (away || random.between(1, 100) <= FAILING ? 500 : 204));
  await servers.start();
  key = String((await cli(['keys', 'create', '--name', 'host', '--scope', 'admin'], servers.config)).json.key);
}, TIMEOUT);
afterAll(async () => {
  await servers.close();
  await receiver.close();
});

const query = <Row>(sql: string) => servers.dataSource.query<Row[]>(sql);
/** Everything that waits for its next try is due now: so hours pass in a moment. */
const passTime = () =>
  query(`update outgoing_deliveries set next_attempt_at = now() where leased_by is null and next_attempt_at > now()`);
const asHost = (user: number) => ({ Authorization: `Bearer ${key}`, 'On-Behalf-Of': `user:payer-${user}` });

/** One change that is told: sent again until it is answered, as a careful caller does. */
async function change(user: number, value: number): Promise<void> {
  for (;;) {
    const sent = servers.http.put(`/entitlements/${feature}/override`).set(asHost(user)).send({ value });
    const status = await Promise.resolve(sent).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await wait(50);
  }
}
let feature = '';

/** Changes for all payers at once, with servers that are killed meanwhile. */
async function changes(count: number, kills: number): Promise<void> {
  let left = count;
  const work = async (user: number) => {
    while (left > 0) await change(user, left--);
  };
  const load = Promise.all(Array.from({ length: PAYERS }, (_, user) => work(user)));
  for (let kill = 1; kill <= kills; kill++) {
    while (left > count - (count * kill) / (kills + 1)) {
      await wait(200);
      await passTime();
    }
    await servers.killAll();
    await servers.start();
  }
  await load;
}

const counts = async () => {
  const [row] = await query<{ waiting: number; events: number }>(
    `select (select count(*) from outgoing_events where position is null)::int
       + (select count(*) from outgoing_deliveries)::int as waiting, (select count(*) from outgoing_events)::int as events`,
  );
  return row ?? { waiting: 0, events: 0 };
};
async function delivered(): Promise<void> {
  for (;;) {
    await passTime();
    if ((await counts()).waiting === 0) return;
    await wait(200);
  }
}
/** What is told, by the route. */
async function told(): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await servers.http
      .get(`/events?limit=100&after=${ids.at(-1) ?? '0'}`)
      .set('Authorization', `Bearer ${key}`);
    if (page.status === 429) await wait(1_000);
    else if ((page.body as unknown[]).length === 0) return ids;
    else ids.push(...(page.body as { id: string }[]).map(({ id }) => id));
  }
}
type Taken = ReturnType<EventReceiver['taken']>;
/** A process that died after the answer sends the same event again; nothing comes after what is newer. */
function expectInOrder(taken: Taken): void {
  const newest = new Map<string, number>();
  for (const { payer, sequence } of taken) {
    expect([payer, sequence]).toEqual([payer, Math.max(sequence, newest.get(payer) ?? 0)]);
    newest.set(payer, sequence);
  }
}
const idsOf = (taken: Taken) =>
  [...new Set(taken.map(({ id }) => id))].sort((one, other) => Number(one) - Number(other));

describe('outgoing events, with servers that are killed and a receiver that fails three in ten', () => {
  it(
    'are each received, none after a newer one of its payer, and all of them again by a replay',
    async () => {
      const added = await cli(['webhooks', 'add', '--url', receiver.url], servers.config);
      const endpoint = String(added.json.id);
      const { body } = await servers.http.get('/entitlements').set(asHost(0)).expect(200);
      feature =
        (body as { feature: string; limit: number | null }[]).find(({ limit }) => limit !== null)?.feature ?? '';
      const began = performance.now();
      await changes(outgoingChanges, outgoingKills);
      const changed = performance.now();
      await delivered();
      const ended = performance.now();
      const events = await told();
      expect(events.length).toBeGreaterThanOrEqual(outgoingChanges);
      const taken = receiver.taken();
      expect(idsOf(taken)).toEqual(events);
      expectInOrder(taken);
      report('changes', {
        changes: outgoingChanges,
        kills: outgoingKills,
        events: events.length,
        deliveries: receiver.deliveries.length,
        takenTwice: taken.length - events.length,
        changedInSeconds: seconds(began, changed),
        deliveredAfterSeconds: seconds(changed, ended),
      });

      receiver.deliveries.length = 0;
      const replayed = performance.now();
      expect((await cli(['webhooks', 'replay', endpoint, '--after', '0'], servers.config)).json).toEqual({
        queued: events.length,
      });
      await delivered();
      expect(idsOf(receiver.taken())).toEqual(events);
      expectInOrder(receiver.taken());
      report('replay', { events: events.length, seconds: seconds(replayed, performance.now()) });
    },
    TIMEOUT,
  );

  it(
    'wait for a receiver that is away for three days, which then catches up in order',
    async () => {
      receiver.deliveries.length = 0;
      away = true;
      const [{ last }] = (await query<{ last: string }>('select max(position) as last from outgoing_events')) as [
        { last: string },
      ];
      const count = Math.max(PAYERS, Math.ceil(outgoingChanges / 5));
      await changes(count, outgoingKills > 1 ? 1 : 0);
      const tried = () =>
        eventually(async () => {
          await passTime();
          return receiver.deliveries.length > PAYERS;
        });
      await tried();
      // Seventy-one hours later it is still tried.
      await query(`update outgoing_deliveries set first_attempt_at = now() - interval '71 hours'`);
      receiver.deliveries.length = 0;
      await tried();
      expect(receiver.taken()).toEqual([]);
      away = false;
      const began = performance.now();
      await delivered();
      const missed = (await told()).filter((id) => Number(id) > Number(last));
      expect(missed.length).toBeGreaterThanOrEqual(count);
      expect(idsOf(receiver.taken())).toEqual(missed);
      expectInOrder(receiver.taken());
      report('three days away', { events: missed.length, caughtUpInSeconds: seconds(began, performance.now()) });
    },
    TIMEOUT,
  );
});

const seconds = (from: number, to: number) => Math.round((to - from) / 100) / 10;

/** For who runs the large one. */
function report(what: string, figures: Record<string, number>): void {
  if (outgoingChanges >= 1_000) process.stdout.write(`outgoing: ${what}: ${JSON.stringify(figures)}\n`);
}
