import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig.js';
import { type EmbeddedPostgres } from '../../src/local-stack/embedded-postgres.js';
import { databaseUrl } from '../../src/local-stack/database-url.js';

/** The database that every test database is a copy of. */
export const TEMPLATE = 'billing_template';

/** Makes the template: a database as the application's migrations leave it, without any row of a test. */
export async function makeTemplate(connection: EmbeddedPostgres['connection']): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(`create database ${TEMPLATE}`);
  } finally {
    await client.end();
  }
  const dataSource = new DataSource(dataSourceOptions(databaseUrl({ ...connection, database: TEMPLATE })));
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
}
