import { type EmbeddedPostgres } from '../../src/local-stack/embedded-postgres.js';

type Connection = EmbeddedPostgres['connection'];

const VARIABLE = 'TEST_POSTGRES_CONNECTION';
const shared = globalThis as { dropTestCluster?: () => Promise<void> };

/** Hands the server to the workers, which inherit the environment, and its end to the global teardown. */
export function keepTestCluster(connection: Connection, drop: () => Promise<void>): void {
  process.env[VARIABLE] = JSON.stringify(connection);
  shared.dropTestCluster = drop;
}

export async function dropTestCluster(): Promise<void> {
  await shared.dropTestCluster?.();
}

/** The server of this test run. */
export function testCluster(): Connection {
  const value = process.env[VARIABLE];
  if (value === undefined) throw new Error(`${VARIABLE} is not set: run the tests with "npm test"`);
  return JSON.parse(value) as Connection;
}
