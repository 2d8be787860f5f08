import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig.js';
import { createTestDatabase } from './test-database.js';
import { testCluster } from './test-cluster.js';

async function names(pattern: string): Promise<string[]> {
  const client = new pg.Client(testCluster());
  await client.connect();
  const { rows } = await client.query<{ datname: string }>('select datname from pg_database where datname like $1', [
    pattern,
  ]);
  await client.end();
  return rows.map((row) => row.datname);
}

describe('createTestDatabase', () => {
  it('gives each caller a database of its own, reachable by its options and by its URL', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const byOptions = new pg.Client(one.connection);
    await byOptions.connect();
    await byOptions.query('create table mine (id int)');
    const byUrl = await new DataSource({ type: 'postgres', url: one.url }).initialize();
    expect(await byUrl.query(`select to_regclass('mine') is not null as found`)).toEqual([{ found: true }]);
    const other = new pg.Client(two.url);
    await other.connect();
    expect((await other.query(`select to_regclass('mine') is null as absent`)).rows).toEqual([{ absent: true }]);
    await Promise.all([byOptions.end(), byUrl.destroy(), other.end(), one.drop(), two.drop()]);
  });

  it('has all migrations applied and no rows', async () => {
    const database = await createTestDatabase();
    const dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    expect(await dataSource.showMigrations()).toBe(false);
    expect(await dataSource.query('select * from customers')).toEqual([]);
    await dataSource.destroy();
    await database.drop();
  });

  it('drops its database even while someone is connected to it', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client(database.connection);
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    expect(await names(database.connection.database)).toEqual([]);
    await client.end().catch(() => undefined);
  });
});
