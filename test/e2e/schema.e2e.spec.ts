import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { dataSourceOptions, MIGRATIONS } from '../../ormconfig.js';
import { migrate, pendingMigrations, undoLastMigration } from '../../src/database/migrate.js';
import { databaseUrl } from '../../src/local-stack/database-url.js';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { testCluster } from '../support/test-cluster.js';

const ALL = MIGRATIONS.map(({ name }) => name);

let client: pg.Client;
let database: string;
let url: string;
let drop: () => Promise<void>;

/** An empty database. */
async function create(): Promise<void> {
  const cluster = testCluster();
  database = `test_${randomUUID().replaceAll('-', '')}`;
  const owner = new pg.Client(cluster);
  await owner.connect();
  await owner.query(`create database ${database}`);
  url = databaseUrl({ ...cluster, database });
  client = new pg.Client({ ...cluster, database });
  await client.connect();
  drop = async () => {
    await client.end();
    await owner.query(`drop database ${database} with (force)`);
    await owner.end();
  };
}

const inPublic = async () => {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
     union all select typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'`,
  );
  return rows.map(({ name }) => name).sort();
};

describe('R17: beside an application that has users and migrations of its own', () => {
  beforeAll(create);
  afterAll(() => drop());

  it('says in one sentence what to set', async () => {
    await client.query('create table users (id uuid primary key, name text)');
    await client.query('create table migrations (id serial, timestamp bigint, name varchar)');
    await client.query(`insert into migrations (timestamp, name) values (1, 'TheirsOne')`);
    await expect(migrate(dataSourceOptions(url))).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/^DATABASE_URL: .*"users" already exists.*: set DATABASE_SCHEMA, .*billing$/),
    });
    await client.query('drop table if exists billing_migrations');
  });

  describe('in a schema of its own', () => {
    let app: TestApp;
    beforeAll(async () => {
      expect(await pendingMigrations(dataSourceOptions(url, 'billing'))).toEqual(ALL);
      expect(await migrate(dataSourceOptions(url, 'billing'))).toEqual(ALL);
      app = await createTestApp({
        database: { connection: { ...testCluster(), database }, url, drop: () => Promise.resolve() },
        environment: { DATABASE_SCHEMA: 'billing' },
      });
    }, 60_000);
    afterAll(() => app.close());

    it('sells, hears of events and is ready, and touches nothing of the application', async () => {
      const caller = await Caller.create(app);
      await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
      await app.settle();
      expect((await caller.get('/subscription').expect(200)).body).toMatchObject({ status: 'active' });
      await app.root.get('/health/ready').expect(200);
      expect(await inPublic()).toEqual(['migrations', 'users']);
      expect((await client.query('select name from migrations')).rows).toEqual([{ name: 'TheirsOne' }]);
      const { rows } = await client.query<{ count: number }>(
        'select count(*)::int as count from billing.webhook_events',
      );
      expect(rows[0]?.count).toBeGreaterThan(0);
      expect(await migrate(dataSourceOptions(url, 'billing'))).toEqual([]);
    });
  });
});

describe('the history of a deployment of before', () => {
  beforeAll(create);
  afterAll(() => drop());

  it('is taken over from the table migrations, which stays for instances of the release before', async () => {
    await migrate(dataSourceOptions(url));
    expect(await undoLastMigration(dataSourceOptions(url))).toBe(ALL.at(-1));
    await client.query('alter table billing_migrations rename to migrations');
    await client.query(`insert into migrations (timestamp, name) values (1, 'TheirsOne')`);
    expect(await pendingMigrations(dataSourceOptions(url))).toEqual([ALL.at(-1)]);
    expect(await migrate(dataSourceOptions(url))).toEqual([ALL.at(-1)]);
    const names = async (table: string) =>
      (await client.query<{ name: string }>(`select name from ${table} order by timestamp`)).rows.map(
        ({ name }) => name,
      );
    expect(await names('billing_migrations')).toEqual(ALL);
    expect(await names('migrations')).toEqual(['TheirsOne', ...ALL.slice(0, -1)]);
  });
});

describe('R13: a migration', () => {
  beforeAll(create);
  afterAll(() => drop());
  afterEach(() => client.query('rollback'));

  it('does not hold up those who come after it for long while it waits for a lock', async () => {
    await migrate(dataSourceOptions(url));
    await client.query(`delete from billing_migrations where name = 'NameOwnersOfLeases1795950000000'`);
    await client.query('alter table stripe_operations drop column leased_by');
    await client.query('alter table idempotency_keys drop column leased_by');
    await client.query('alter table repair_progress drop column leased_by');
    await client.query('drop table service_processes');
    await client.query('begin');
    await client.query('select from stripe_operations');
    const migrating = migrate(dataSourceOptions(url));
    const reader = new pg.Client(url);
    await reader.connect();
    let longest = 0;
    for (const deadline = performance.now() + 5_000; performance.now() < deadline;) {
      const begun = performance.now();
      await reader.query('select from stripe_operations');
      longest = Math.max(longest, performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await reader.end();
    await client.query('rollback');
    expect(await migrating).toEqual(['NameOwnersOfLeases1795950000000']);
    expect(longest).toBeGreaterThan(100);
    expect(longest).toBeLessThan(4_500);
  }, 60_000);
});
