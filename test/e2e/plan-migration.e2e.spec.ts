import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { dataSourceOptions } from '../../ormconfig.js';
import { migrate, undoLastMigration } from '../../src/database/migrate.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the migration that lets plans alone exclude each other', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('takes the flag of a duplicate from what is of no plan, and elects anew among those of plans', async () => {
    const down = async () => {
      while (
        (await undoLastMigration(dataSourceOptions(database.url))) !== 'LetPlansAloneExcludeEachOther1796012300000'
      );
    };
    const flags = () =>
      client
        .query<{ id: number; duplicate: number | null }>(
          'select id, duplicate_of_id as duplicate from subscriptions order by id',
        )
        .then(({ rows }) => rows.map(({ id, duplicate }) => `${id} ${duplicate ?? '-'}`));
    await down();
    await client.query(`insert into users (id, external_id) values (1, 'a')`);
    await client.query(`insert into customers (id, user_id, email) values (1, 1, 'a@example.com')`);
    const row = (id: number, tier: string, duplicateOf: number | null) =>
      client.query(
        `insert into subscriptions (id, customer_id, stripe_subscription_id, status, stripe_status, tier, plan_group, amount, stripe_created, duplicate_of_id)
         values ($1, 1, $2, 'active', 'active', $3::text, case when $3::text = 'custom' then null else 'main' end, 1, $4, $5)`,
        [id, `sub_${id}`, tier, id, duplicateOf],
      );
    await row(1, 'custom', null);
    await row(2, 'starter', 1);
    await row(3, 'custom', 1);
    await row(4, 'enterprise', 1);
    await migrate(dataSourceOptions(database.url));
    expect(await flags()).toEqual(['1 -', '2 -', '3 -', '4 2']);
    await down();
    expect(await flags()).toEqual(['1 -', '2 1', '3 1', '4 1']);
    await migrate(dataSourceOptions(database.url));
  });
});
