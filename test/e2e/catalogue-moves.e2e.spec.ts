import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';
import { BASE_PATH } from '../../src/http/app.js';
import { closeApp } from '../../src/http/server.js';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { Caller } from '../support/caller.js';
import { catalogueFile } from '../support/catalogue-files.js';
import { eventually } from '../support/eventually.js';
import { sellAtStripe } from '../support/sold-subscription.js';
import { configWith, createTestApp, settle, startApp, type TestApp } from '../support/test-app.js';

const month = (usd: number) => ({ interval: 'month' as const, amounts: { usd } });
const year = (usd: number) => ({ interval: 'year' as const, amounts: { usd } });
const FEATURES: CatalogueInput['features'] = { projects: { type: 'limit' }, desks: { type: 'limit' } };
const FIRST = {
  solo: { name: 'Solo', rank: 1, prices: [month(10)], features: { projects: 1 } },
  team: {
    name: 'Team',
    rank: 2,
    prices: [month(20), year(200)],
    features: { projects: 5 },
  },
  office: {
    name: 'Office',
    group: 'offices',
    seats: { included: 2, feature: 'desks', prices: [month(3)] },
    prices: [month(30)],
  },
  storage: { name: 'Storage', add_on: true, prices: [month(5)], features: { projects: 10 } },
} satisfies CatalogueInput['plans'];
const CARD = { payment_method_id: 'pm_card_visa' };

let app: TestApp;
let started: NestExpressApplication | null = null;
beforeAll(async () => {
  const file = catalogueFile({ currency: 'usd', features: FEATURES, plans: FIRST });
  app = await createTestApp({ environment: { BILLING_CATALOGUE: file } });
});
afterEach(async () => {
  if (started !== null) await closeApp(started);
  started = null;
});
afterAll(() => app.close());

async function priceOf(lookupKey: string): Promise<string> {
  const { data } = await app.stripe.prices.list({ lookup_keys: [lookupKey] });
  return data[0]?.id ?? '';
}

/** Starts another instance with a catalogue; answers why it did not start. */
async function startWith(plans: CatalogueInput['plans']): Promise<string> {
  const file = catalogueFile({ currency: 'usd', features: FEATURES, plans });
  const outcome = await startApp(configWith(app, { BILLING_CATALOGUE: file })).catch(
    (error: unknown) => error as Error,
  );
  if (outcome instanceof Error) return outcome.message;
  started = outcome;
  return 'started';
}

/** What the instance that was started last answers. */
async function read(caller: Caller, path: string): Promise<Record<string, unknown>> {
  const url = `${(await started?.getUrl()) ?? ''}/${BASE_PATH}${path}`;
  const answer = await fetch(url, { headers: { authorization: caller.authorization } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

async function drift(): Promise<unknown[]> {
  const service = started?.get(ReconciliationService, { strict: false });
  return (await service?.reconcile({ graceSeconds: 0 }))?.drift ?? ['not started'];
}

async function buy(body: object): Promise<Caller> {
  const caller = await Caller.create(app);
  await caller.post('/subscription', { ...CARD, ...body }).expect(201);
  return caller;
}

describe('a start with a catalogue', () => {
  it('in which a plan, and what is had beside it, have other keys: all follow, also what waits', async () => {
    const caller = await buy({ tier: 'team', add_ons: [{ plan: 'storage', quantity: 2 }] });
    const [row] = (await caller.get('/subscriptions').expect(200)).body as { id: number }[];
    await caller.patch(`/subscription/${row?.id}`, { tier: 'solo' }).expect(200);
    await app.settle();
    expect((await caller.get('/entitlements/projects')).body).toMatchObject({ limit: 25, plan: 'team' });
    const named = async (lookupKey: string) => [{ interval: 'month' as const, price: await priceOf(lookupKey) }];
    expect(
      await startWith({
        single: { ...FIRST.solo, prices: await named('solo_month') },
        office: FIRST.office,
        crew: {
          ...FIRST.team,
          prices: [...(await named('team_month')), { interval: 'year', price: await priceOf('team_year') }],
        },
        disk: { ...FIRST.storage, prices: await named('storage_month') },
      }),
    ).toBe('started');
    expect(await read(caller, '/subscription')).toMatchObject({
      tier: 'crew',
      add_ons: [{ plan: 'disk', quantity: 2 }],
      scheduled_change: { tier: 'single', add_ons: [{ plan: 'disk', quantity: 2 }] },
    });
    expect(await read(caller, '/entitlements/projects')).toMatchObject({ limit: 25, plan: 'crew' });
    expect(await drift()).toEqual([]);
    await closeApp(started as NestExpressApplication);
    expect(await startWith(FIRST)).toBe('started');
    expect(await read(caller, '/entitlements/projects')).toMatchObject({ limit: 25, plan: 'team' });
    expect(await drift()).toEqual([]);
  });

  it('in which the price of a plan holds more seats: as many more are had', async () => {
    const caller = await buy({ tier: 'office', quantity: 4 });
    await app.settle();
    const seats = { ...FIRST.office.seats, included: 3 };
    expect(await startWith({ ...FIRST, office: { ...FIRST.office, seats } })).toBe('started');
    expect(await read(caller, '/subscription?group=offices')).toMatchObject({ quantity: 5, amount: 36 });
    expect(await read(caller, '/entitlements/desks')).toMatchObject({ limit: 5 });
    expect(await drift()).toEqual([]);
    await closeApp(started as NestExpressApplication);
    expect(await startWith(FIRST)).toBe('started');
    expect(await read(caller, '/entitlements/desks')).toMatchObject({ limit: 4 });
  });

  it('without a plan is refused with the plan, its price and how many live; who has ended strands nobody', async () => {
    const others = await Promise.all([buy({ tier: 'solo' }), buy({ tier: 'solo' }), buy({ tier: 'solo' })]);
    const [ended] = others;
    const { body } = (await ended?.get('/subscription')) ?? {};
    await ended
      ?.post(`/subscription/${(body as { id: number }).id}/cancel`, { cancel_at_period_end: false })
      .expect(200);
    await app.settle();
    const { solo: _, ...rest } = FIRST;
    expect(await startWith(rest)).toBe(
      [
        'The catalogue strands subscribers; name each price in earlier_prices of the plan that its subscribers are to have:',
        `  solo: ${await priceOf('solo_month')} is a price of no plan, and 2 live subscriptions have it`,
      ].join('\n'),
    );
    const named = { ...FIRST.team, earlier_prices: [await priceOf('solo_month')] };
    expect(await startWith({ ...rest, team: named })).toBe('started');
    for (const caller of others.slice(1))
      expect(await read(caller, '/subscription')).toMatchObject({ tier: 'team', amount: 10 });
    await closeApp(started as NestExpressApplication);
    expect(await startWith(FIRST)).toBe('started');
    expect(await read(others[1], '/subscription')).toMatchObject({ tier: 'solo', amount: 10 });
  });

  it('in which a plan has lost a price: its product says whose it is, and the amount stays', async () => {
    const caller = await buy({ tier: 'team' });
    await app.settle();
    expect(await startWith({ ...FIRST, team: { ...FIRST.team, prices: [year(200)] } })).toBe('started');
    expect(await read(caller, '/subscription')).toMatchObject({ tier: 'team', interval: 'month', amount: 20 });
    expect(await drift()).toEqual([]);
  });

  it('in which a plan has lost a price of a product that sells several plans is refused with its number', async () => {
    const { id: product } = await app.stripe.products.create({ name: 'Everything' });
    const prices = [];
    for (const unit_amount of [700, 800, 900]) {
      const recurring = { interval: 'month' as const };
      prices.push((await app.stripe.prices.create({ product, currency: 'usd', unit_amount, recurring })).id);
    }
    const [low = '', middle = '', high = ''] = prices;
    const plans = (own: string[]) => ({
      ...FIRST,
      low: { name: 'Low', group: 'other', prices: [{ interval: 'month' as const, price: low }] },
      high: {
        name: 'High',
        group: 'other',
        prices: [{ interval: 'month' as const, price: high }],
        earlier_prices: own,
      },
    });
    const { caller } = await sellAtStripe(app, [{ price: middle }]);
    expect(await startWith(plans([middle]))).toBe('started');
    expect(await read(caller, '/subscription?group=other')).toMatchObject({ tier: 'high', amount: 8 });
    expect(await drift()).toEqual([]);
    await closeApp(started as NestExpressApplication);
    started = null;
    expect(await startWith(plans([]))).toContain(
      `  high: ${middle} is a price of no plan, and 1 live subscriptions have it`,
    );
  });
});

describe('a start with a catalogue in which two groups have become one', () => {
  it('flags the younger one of who bought of both an hour ago, and it is never cancelled nor refunded', async () => {
    const apart = { ...FIRST, solo: { ...FIRST.solo, group: 'other' } };
    const file = (plans: CatalogueInput['plans']) => catalogueFile({ currency: 'usd', features: FEATURES, plans });
    const own = await createTestApp({ environment: { BILLING_CATALOGUE: file(apart) } });
    const caller = await Caller.create(own);
    for (const tier of ['team', 'solo']) {
      await caller.post('/subscription', { ...CARD, tier }).expect(201);
      await own.control('advance', { seconds: 60 });
    }
    await own.settle();
    await closeApp(own.app);
    const merged = await startApp(configWith(own, { BILLING_CATALOGUE: file(FIRST), PORT: '0' }));
    try {
      const [endpoint] = (await own.stripe.webhookEndpoints.list()).data;
      await own.stripe.webhookEndpoints.update(endpoint?.id ?? '', {
        url: `${await merged.getUrl()}/${BASE_PATH}/webhook`,
      });
      const dataSource = merged.get(DataSource);
      const open = `select count(*)::int as count from stripe_operations where state = 'open'`;
      const rest = () =>
        eventually(async () => {
          await settle((route, body) => own.control(route, body), dataSource);
          expect(await dataSource.query(open)).toEqual([{ count: 0 }]);
        });
      const { data: sold } = await own.stripe.subscriptions.list();
      for (const { id } of sold) await own.stripe.subscriptions.update(id, { metadata: { note: 'looked at' } });
      await rest();
      await own.control('advance', { seconds: 40 * 86_400 });
      await rest();
      const { data } = await own.stripe.subscriptions.list();
      expect(data.map(({ status, cancel_at: end }) => [status, end])).toEqual([
        ['active', null],
        ['active', null],
      ]);
      expect((await own.stripe.charges.list()).data.map(({ refunded }) => refunded)).toEqual([
        false,
        false,
        false,
        false,
      ]);
      const flags = 'select tier, duplicate_of_id is not null as flagged from subscriptions order by tier';
      expect(await dataSource.query(flags)).toEqual([
        { tier: 'solo', flagged: true },
        { tier: 'team', flagged: false },
      ]);
    } finally {
      await closeApp(merged);
      await own.sandbox.close();
      await own.database.drop();
    }
  });
});
