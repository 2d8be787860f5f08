import { DataSource, type DataSourceOptions, MigrationExecutor } from 'typeorm';
import { ConfigurationError } from '../config/app-config.js';

/** Key of the session lock that lets one process at a time change the schema. */
const LOCK = 1_651_076_204;

/**
 * Applies the migrations that are missing. Processes that start at once wait for each other.
 *
 * @returns the names of the migrations that were applied, oldest first
 * @throws ConfigurationError when the database cannot be reached
 */
export function migrate(options: DataSourceOptions): Promise<string[]> {
  return withMigrations(options, async (executor) => {
    const applied = await executor.executePendingMigrations();
    return applied.map(({ name }) => name);
  });
}

/**
 * The migrations that are missing, oldest first; changes nothing.
 *
 * @throws ConfigurationError when the database cannot be reached
 */
export async function pendingMigrations(options: DataSourceOptions): Promise<string[]> {
  const dataSource = await connect({ ...options, entities: [] });
  try {
    const executor = new MigrationExecutor(dataSource);
    return (await executor.getPendingMigrations()).map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

/**
 * Takes the newest applied migration back.
 *
 * @returns its name; null when none is applied
 * @throws ConfigurationError when the database cannot be reached
 */
export function undoLastMigration(options: DataSourceOptions): Promise<string | null> {
  return withMigrations(options, async (executor) => {
    const before = await executor.getExecutedMigrations();
    await executor.undoLastMigration();
    const after = new Set((await executor.getExecutedMigrations()).map(({ name }) => name));
    return before.find(({ name }) => !after.has(name))?.name ?? null;
  });
}

/** Lock and migrations share one connection: when the process dies, PostgreSQL lets go of both. */
async function withMigrations<T>(
  options: DataSourceOptions,
  action: (executor: MigrationExecutor) => Promise<T>,
): Promise<T> {
  // Neither entities, which a migration does not need, nor the time limits of the service's own statements.
  const own = { ...options, entities: [], extra: { connectionTimeoutMillis: 5_000 } } as DataSourceOptions;
  const dataSource = await connect(own);
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.query('select pg_advisory_lock($1)', [LOCK]);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'all';
    return await action(executor);
  } finally {
    await queryRunner.query('select pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
    await queryRunner.release();
    await dataSource.destroy();
  }
}

async function connect(options: DataSourceOptions): Promise<DataSource> {
  try {
    return await new DataSource(options).initialize();
  } catch (error) {
    throw new ConfigurationError(`DATABASE_URL: the database cannot be used: ${reasonOf(error)}`);
  }
}

/** Node's error for a host with several addresses has a code, but no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
