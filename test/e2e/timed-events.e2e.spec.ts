import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceKeys } from '../../src/auth/service-keys.service.js';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';
import { EntitlementEnds } from '../../src/entitlements/entitlement-ends.js';
import { closeApp } from '../../src/http/server.js';
import { Caller } from '../support/caller.js';
import { catalogueFile } from '../support/catalogue-files.js';
import { eventually } from '../support/eventually.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';

interface Event {
  type: string;
  payer: string | null;
  sequence: number;
  data: { object: Record<string, unknown> };
}

const SHOP: CatalogueInput = {
  currency: 'usd',
  features: {
    projects: { type: 'limit', name: 'projects' },
    sso: { type: 'flag' },
    calls: { type: 'metered', reset: 'day' },
    files: { type: 'metered', reset: 'period' },
  },
  plans: {
    team: {
      name: 'Team',
      prices: [{ interval: 'month', amounts: { usd: 20 } }],
      features: { projects: 20, sso: true, calls: 10, files: 10 },
    },
  },
};
const DAY = 86_400;

let app: TestApp;
let other: Awaited<ReturnType<typeof startApp>>;
const keys: Record<string, string> = {};
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(SHOP) } });
  other = await startApp(app.config);
  await app.dataSource.transaction(async (manager) => {
    for (const scope of ['read', 'act', 'admin'] as const)
      keys[scope] = (await app.app.get(ServiceKeys).create(manager, { name: scope, scope, days: null })).secret;
  });
});
afterAll(async () => {
  await closeApp(other);
  await app.close();
});

async function subscriber(card = 'pm_card_visa', more: object = {}): Promise<{ caller: Caller; id: number }> {
  const caller = await Caller.create(app);
  const { body } = await caller.post('/subscription', { tier: 'team', payment_method_id: card, ...more }).expect(201);
  await app.settle();
  return { caller, id: body.id as number };
}
const numbered = async () => {
  await app.settle();
  await eventually(async () => {
    expect(await app.dataSource.query('select from outgoing_events where position is null')).toHaveLength(0);
  });
};
const eventsOf = async (caller: Caller): Promise<Event[]> => {
  await numbered();
  return (await caller.get('/events?limit=100').expect(200)).body as Event[];
};
const changesOf = async (caller: Caller) =>
  (await eventsOf(caller)).filter(({ type }) => type === 'entitlements.changed');
const ended = (events: Event[]) => events.map(({ data }) => data.object.ended).filter((what) => what !== undefined);
const asHost = (scope: string, method: 'put' | 'post', path: string, caller: Caller) =>
  app.http[method](path).set('Authorization', `Bearer ${keys[scope]}`).set('On-Behalf-Of', `user:${caller.sub}`);
/** Two instances tell at the same time, twice; each may be doing so by itself just then. */
const tell = async () => {
  const instances = [app.app, other].map((one) => one.get(EntitlementEnds));
  for (let round = 0; round < 2; round += 1) await Promise.all(instances.map((one) => one.tell()));
};
/** What was told to have ended since so many changes. */
const expectEnded = async (caller: Caller, before: number, what: string[][]) => {
  await tell();
  await eventually(async () => {
    expect(ended((await changesOf(caller)).slice(before))).toEqual(what);
  });
};
const advance = async (seconds: number) => {
  await app.control('advance', { seconds });
  await app.settle();
};
const use = (caller: Caller, amount: number, key: string, feature = 'calls') =>
  caller.post(`/entitlements/${feature}/consume`, { amount, key });

describe('what comes by time alone', () => {
  it('is told once when the grace is over, by whichever instance', async () => {
    const { caller } = await subscriber();
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await advance(32 * DAY);
    expect((await caller.get('/entitlements/sso').expect(200)).body).toMatchObject({ reason: 'grace' });
    await tell();
    const before = await changesOf(caller);
    expect(ended(before)).toEqual([]);
    const { body } = await caller.get('/entitlements/sso').expect(200);
    const { now } = (await app.http.get('/config').expect(200)).body as { now: string };
    await advance(Math.ceil((Date.parse(body.grace_until as string) - Date.parse(now)) / 1000) + 1);
    expect((await caller.get('/entitlements/sso').expect(200)).body).toMatchObject({ reason: 'past_due' });
    await expectEnded(caller, before.length, [['grace']]);
    expect((await changesOf(caller)).slice(before.length)).toMatchObject([
      { data: { object: { ended: ['grace'], at: expect.any(String) }, previous: null } },
    ]);
  });

  it('is told once when overrides end, together for a payer', async () => {
    const { caller } = await subscriber();
    const { now } = (await app.http.get('/config').expect(200)).body as { now: string };
    const until = new Date(Date.parse(now) + 3_600_000).toISOString();
    for (const [feature, value] of Object.entries({ projects: 50, sso: false }))
      await asHost('admin', 'put', `/entitlements/${feature}/override`, caller).send({ value, until }).expect(200);
    await tell();
    const before = await changesOf(caller);
    await advance(3_601);
    expect((await caller.get('/entitlements/sso').expect(200)).body).toMatchObject({ allowed: true, reason: 'plan' });
    await expectEnded(caller, before.length, [['override']]);
  });

  it('is told with what Stripe says when a trial or a cancelled period ends, and then once', async () => {
    const trying = await subscriber('pm_card_visa', { trial_days: 3 });
    const leaving = await subscriber();
    await leaving.caller.post(`/subscription/${leaving.id}/cancel`).expect(200);
    const before = [(await changesOf(trying.caller)).length, (await changesOf(leaving.caller)).length];
    await advance(4 * DAY);
    await tell();
    const afterTrial = (await changesOf(trying.caller)).slice(before[0]);
    expect(afterTrial.map(({ data }) => data.object.status)).toEqual(['active']);
    await advance(30 * DAY);
    await tell();
    const afterPeriod = (await changesOf(leaving.caller)).slice(before[1]);
    expect(afterPeriod.map(({ data }) => data.object.status)).toEqual(['canceled']);
  });
});

describe('a limit that is reached', () => {
  it('is told once a period, in the transaction of the use that reaches it, and that it counts anew', async () => {
    const { caller } = await subscriber();
    const limits = async () => (await eventsOf(caller)).filter(({ type }) => type === 'usage.limit_reached');
    await use(caller, 9, 'a').expect(200);
    await use(caller, 11, 'too much at once').expect(409);
    expect(await limits()).toEqual([]);
    await use(caller, 1, 'b').expect(200);
    await use(caller, 1, 'b').expect(200);
    await use(caller, 1, 'c').expect(409);
    await asHost('act', 'post', '/entitlements/calls/consume', caller).send({ amount: -1, key: 'd' }).expect(200);
    await use(caller, 1, 'e').expect(200);
    const { body } = await caller.get('/entitlements/calls').expect(200);
    expect(await limits()).toMatchObject([
      {
        payer: `user:${caller.sub}`,
        data: { object: { feature: 'calls', limit: 10, used: 10, resets_at: body.resets_at, plan: 'team' } },
      },
    ]);
    await tell();
    const before = await changesOf(caller);
    await advance(DAY);
    await expectEnded(caller, before.length, [['usage']]);
    await use(caller, 10, 'f').expect(200);
    expect(await limits()).toHaveLength(2);
  });

  it('is told once by a hundred at once, also where what is left is too little for the next', async () => {
    const { caller } = await subscriber();
    await Promise.all(Array.from({ length: 100 }, (_, place) => use(caller, 3, `p${place}`)));
    const told = (await eventsOf(caller)).filter(({ type }) => type === 'usage.limit_reached');
    expect(told.map(({ data }) => [data.object.used, data.object.limit])).toEqual([[9, 10]]);
  });

  it('is told of what the host reports, and of a period of the subscription without a second event at its end', async () => {
    const { caller } = await subscriber();
    await asHost('act', 'put', '/usage/projects', caller).send({ used: 19 }).expect(200);
    await asHost('act', 'put', '/usage/projects', caller).send({ used: 25 }).expect(200);
    await use(caller, 10, 'x', 'files').expect(200);
    const told = (await eventsOf(caller)).filter(({ type }) => type === 'usage.limit_reached');
    expect(told.map(({ data }) => [data.object.feature, data.object.used])).toEqual([
      ['projects', 25],
      ['files', 10],
    ]);
    await tell();
    await advance(32 * DAY);
    await tell();
    expect(ended(await changesOf(caller))).toEqual([]);
  });
});

describe('a start with another catalogue', () => {
  it('is told once, of nobody, to who reads for everybody', async () => {
    const team = SHOP.plans.team as object;
    const file = catalogueFile({ ...SHOP, plans: { team: { ...team, features: { projects: 30 } } } });
    const start = async (changes: Record<string, string> = {}) => closeApp(await startApp(configWith(app, changes)));
    const told = async () => {
      await numbered();
      const found: Event[] = [];
      for (let after = '0'; ;) {
        const page = await app.http.get(`/events?limit=100&after=${after}`).set('Authorization', `Bearer ${keys.read}`);
        const events = page.body as (Event & { id: string })[];
        found.push(...events.filter(({ type }) => type === 'catalogue.changed'));
        const last = events.at(-1);
        if (last === undefined) return found;
        after = last.id;
      }
    };
    await start();
    expect(await told()).toEqual([]);
    await Promise.all([start({ BILLING_CATALOGUE: file }), start({ BILLING_CATALOGUE: file })]);
    const object = { plans: ['team'], features: ['projects', 'sso', 'calls', 'files'] };
    expect(await told()).toMatchObject([{ payer: null, sequence: 1, data: { object, previous: null } }]);
    await start();
    expect((await told()).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });
});
