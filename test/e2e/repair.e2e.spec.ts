import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { AppConfig } from '../../src/config/app-config.js';
import { BackfillService } from '../../src/reconciliation/backfill.service.js';
import { GapRepair } from '../../src/reconciliation/gap-repair.js';
import { MIRRORS } from '../../src/reconciliation/mirrors.js';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { WebhookEvent } from '../../src/webhooks/webhook-event.entity.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/child-programs.js';
import { wrongOf } from '../chaos/histories/judge.js';
import { environmentOf } from '../support/environment.js';
import { contentOf, makeRichUser } from '../support/rich-account.js';
import { createServerProcesses, type ServerProcesses } from '../support/server-processes.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, startApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const TABLES = MIRRORS.map(({ table }) => table);

const driftOf = async (app: INestApplication) =>
  (await app.get(ReconciliationService).reconcile({ graceSeconds: 0 })).drift;

/** Content of all tables without our ids, which may differ from database to database. */
async function comparable(dataSource: DataSource): Promise<Record<string, string[]>> {
  const isOurId = (name: string) => /(^|_)id$/.test(name) && !name.includes('stripe');
  const tables = TABLES.map(async (table) => {
    const rows = await contentOf(dataSource, table);
    const texts = rows.map((row) => JSON.stringify(Object.entries(row).filter(([name]) => !isOurId(name))));
    return [table, texts.sort()] as const;
  });
  return Object.fromEntries(await Promise.all(tables));
}

describe('backfill into an empty database', () => {
  let source: TestApp;
  let database: TestDatabase;
  let empty: INestApplication;
  let target: DataSource;
  beforeAll(async () => {
    source = await createTestApp({ environment: { DUPLICATE_POLICY: 'flag' } });
    await makeRichUser(source);
    for (let index = 0; index < 120; index++)
      await source.stripe.coupons.create({ percent_off: 10, duration: 'once', name: `Coupon ${index}` });
    await source.stripe.customers.create({ email: 'stranger@example.com' });
    await source.settle();
    database = await createTestDatabase();
    const environment = environmentOf(source.config, { DATABASE_URL: database.url });
    empty = await startApp(AppConfig.parse(environment));
    target = empty.get(DataSource);
    for (const user of await source.dataSource.query<{ id: number; external_id: string; role: string }[]>(
      'select id, external_id, role from users',
    ))
      await target.query('insert into users (id, external_id, role) values ($1, $2, $3)', [
        user.id,
        user.external_id,
        user.role,
      ]);
  }, 120_000);
  afterAll(async () => {
    await empty.close();
    await database.drop();
    await source.close();
  }, 60_000);

  it('goes on where it was interrupted, page by page, and tells in the end what did not go in', async () => {
    const backfill = empty.get(BackfillService);
    const [newest] = (await source.stripe.coupons.list({ limit: 1 })).data;
    await target.query(`alter table coupons add constraint refused check (stripe_coupon_id <> '${newest?.id}')`);
    const interruptAt = (place: string) => (table: string, handled: number) => {
      if (`${table} ${handled}` === place) throw new Error('interrupted');
    };
    await expect(backfill.run({ onProgress: interruptAt('coupons 100') })).rejects.toThrow('interrupted');
    await expect(backfill.run({ onProgress: interruptAt('invoices 0') })).rejects.toThrow('interrupted');
    await source.control('faults', { kind: 'status', status: 400, method: 'GET', path: '/v1/coupons', times: 1000 });
    const report = await backfill.run().finally(() => source.control('faults/clear', {}));
    expect(report).toMatchObject({
      ignored: 1,
      failed: [{ table: 'coupons', stripe_id: newest?.id, error: '23514' }],
    });
    expect(report.handled.coupons).toBe(121);
    expect(report.handled.refunds).toBe(1);
    const [{ left }] = await target.query<[{ left: number }]>(
      `select count(*)::int as left from repair_progress where name like 'backfill%'`,
    );
    expect(left).toBe(0);
    await target.query('alter table coupons drop constraint refused');
    expect((await backfill.run()).failed).toEqual([]);
  }, 90_000);

  it('ends with the same tables as live traffic, equal to Stripe', async () => {
    expect(await comparable(target)).toEqual(await comparable(source.dataSource));
    expect(await driftOf(empty)).toEqual([]);
  }, 60_000);

  it('writes nothing when it is run once more, and waits where Stripe limits the calls', async () => {
    const versions = () =>
      Promise.all(TABLES.map((table) => target.query<unknown[]>(`select id, version from ${table} order by id`)));
    const before = await versions();
    await source.control('faults', { kind: 'status', status: 429, method: 'GET', path: '/v1/invoices', times: 2 });
    const report = await empty.get(BackfillService).run();
    expect(report).toMatchObject({ failed: [], ignored: 1 });
    expect(await versions()).toEqual(before);
  }, 90_000);
});

describe('gap repair', () => {
  let first: TestApp;
  let app: INestApplication;
  let dataSource: DataSource;
  beforeAll(async () => {
    first = await createTestApp({
      enabledEvents: ['balance.available'],
      environment: { EVENT_GAP_REPAIR_SECONDS: '300' },
    });
    ({ app, dataSource } = first);
    await eventually(async () => (await progress()) !== undefined);
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await first.sandbox.close();
    await first.database.drop();
  });

  const progress = async () => {
    const [row] = await dataSource.query<{ cursor: string | null }[]>(
      `select cursor from repair_progress where name = 'events' and finished_at is not null`,
    );
    return row;
  };
  const newCustomer = async (sub: string) => {
    await newUser(sub);
    return first.stripe.customers.create({
      email: `${sub}@example.com`,
      metadata: await metadataOf({ dataSource }, sub),
    });
  };
  const newUser = async (sub: string) => {
    const [{ id }] = await dataSource.query<[{ id: number }]>(
      `insert into users (external_id, role) values ($1, 'user') returning id`,
      [sub],
    );
    return id;
  };

  it('brings in after a restart what was not delivered while the service was down', async () => {
    const customer = await newCustomer('gap');
    await app.close();
    const method = await first.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await first.stripe.customers.update(customer.id, {
      name: 'While it was down',
      invoice_settings: { default_payment_method: method.id },
    });
    await first.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: first.prices.starter.month }],
    });
    app = await startApp(first.config);
    dataSource = app.get(DataSource);
    await eventually(async () => {
      const [row] = await dataSource.query<{ name: string }[]>(
        `select c.name from customers c join subscriptions s on s.customer_id = c.id
         where c.stripe_customer_id = $1 and s.status = 'active'`,
        [customer.id],
      );
      return row?.name === 'While it was down';
    }, 30);
    await eventually(
      () =>
        dataSource
          .getRepository(WebhookEvent)
          .existsBy({ state: In(['received', 'processing']) })
          .then((open) => !open),
      30,
    );
    expect(await driftOf(app)).toEqual([]);
  }, 90_000);

  it('finds each event once, and goes on from where it was', async () => {
    const repair = app.get(GapRepair);
    expect(await repair.run()).toBe(0);
    await first.control('advance', { seconds: 3600 });
    await newCustomer('gap-later');
    expect(await repair.run()).toBe(1);
    expect((await progress())?.cursor).toMatch(/^evt_/);
    expect(await repair.run()).toBe(0);
    await newCustomer('gap-latest');
    expect(await repair.run()).toBe(1);
  }, 60_000);

  it('reads the whole list where Stripe does not know its last event any more', async () => {
    await dataSource.query(`update repair_progress set cursor = 'evt_forgotten' where name = 'events'`);
    await newCustomer('gap-forgotten');
    expect(await app.get(GapRepair).run()).toBe(1);
    expect((await progress())?.cursor).not.toBe('evt_forgotten');
  }, 60_000);

  it('begins the whole list anew when it was interrupted before the end of it', async () => {
    await dataSource.query(`update repair_progress set cursor = 'evt_forgotten' where name = 'events'`);
    const { id } = await newCustomer('gap-interrupted');
    for (let round = 0; round < 110; round++) await first.stripe.customers.update(id, { name: `Round ${round}` });
    await first.control('advance', { seconds: 3600 });
    const { data } = await first.stripe.events.list({ type: 'customer.created', limit: 1 });
    await dataSource.query(`create function refuse() returns trigger language plpgsql as $$ begin
      if new.event_id = '${data[0]?.id}' then raise exception 'interrupted'; end if; return new; end $$`);
    await dataSource.query(
      'create trigger refuse before insert on webhook_events for each row execute function refuse()',
    );
    await expect(app.get(GapRepair).run()).rejects.toThrow('interrupted');
    await dataSource.query('drop function refuse cascade');
    expect(await app.get(GapRepair).run()).toBeGreaterThan(0);
    expect(await dataSource.getRepository(WebhookEvent).existsBy({ eventId: data[0]?.id ?? '' })).toBe(true);
  }, 60_000);

  it('goes on from what the first run noted, also where that died right after', async () => {
    await dataSource.query(`update repair_progress set finished_at = null where name = 'events'`);
    await newCustomer('gap-first-run');
    expect(await app.get(GapRepair).run()).toBe(1);
  }, 60_000);

  it('is left to the instance that is at it', async () => {
    await dataSource.query(
      `update repair_progress set leased_until = now() + interval '1 minute' where name = 'events'`,
    );
    expect(await app.get(GapRepair).run()).toBeNull();
    await dataSource.query(`update repair_progress set leased_until = now() - interval '1 s' where name = 'events'`);
    expect(await app.get(GapRepair).run()).toBe(0);
  });
});

describe('the light comparison of a running process', () => {
  let servers: ServerProcesses;
  beforeAll(async () => {
    servers = await createServerProcesses({ environment: { RECONCILE_EVERY_SECONDS: '1', LOG_LEVEL: 'warn' } });
  }, 60_000);
  afterAll(() => servers.close(), 60_000);

  it('finds and mends by itself what was changed in the tables by hand, and tells which columns', async () => {
    const { process: server } = await servers.start();
    let output = '';
    server.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const caller = await Caller.create(servers);
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    const customer = await caller.stripeCustomerId();
    await servers.settle();
    expect(await wrongOf(servers, caller)).toEqual([]);
    await servers.dataSource.query(`update customers set name = 'Nobody' where stripe_customer_id = $1`, [customer]);
    await servers.dataSource.query('delete from payments');
    expect(await wrongOf(servers, caller)).toHaveLength(2);
    await eventually(async () => (await wrongOf(servers, caller)).length === 0, 60);
    await eventually(() => output.includes('had drifted'), 60);
    const found = output.split('\n').filter((line) => line.includes('The tables had drifted from Stripe'));
    const drift = found.flatMap((line) => (JSON.parse(line) as { drift: object[] }).drift);
    expect(drift).toContainEqual({
      table: 'customers',
      stripe_id: customer,
      kind: 'different',
      columns: ['name'],
      fixed: true,
    });
    expect(drift).toContainEqual(expect.objectContaining({ table: 'payments', kind: 'missing', fixed: true }));
    expect(output).not.toContain('Nobody');
  }, 150_000);
});
