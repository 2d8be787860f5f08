import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { databaseUrl } from '../../src/local-stack/database-url.js';
import { TEMPLATE } from './template-database.js';
import { testCluster } from './test-cluster.js';

/** A database of one's own with all migrations applied, empty otherwise. */
export interface TestDatabase {
  /** Fits `pg.Client` and TypeORM's PostgreSQL options. */
  connection: { host: string; port: number; user: string; database: string };
  /** The same as DATABASE_URL takes it. */
  url: string;
  /** Ends what is still connected to it and removes it. */
  drop(): Promise<void>;
}

/** Makes a database for one spec file; call it in `beforeAll` and `drop` in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const cluster = testCluster();
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(`create database ${database} template ${TEMPLATE}`);
  return {
    connection: { ...cluster, database },
    url: databaseUrl({ ...cluster, database }),
    drop: () => execute(`drop database if exists ${database} with (force)`),
  };
}

async function execute(statement: string): Promise<void> {
  const client = new pg.Client(testCluster());
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
