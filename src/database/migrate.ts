import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, MigrationExecutor, type QueryRunner } from 'typeorm';
import { ConfigurationError } from '../config/app-config.js';
import { formerHistory, takeOverHistory } from './migration-history.js';
import { DEFAULT_SCHEMA, searchPath } from './schema.js';
import { sqlState } from './transactions.js';

/** Key of the session lock that lets one process at a time change the schema. */
const LOCK = 1_651_076_204;
const ASK_AGAIN_MS = 200;
/** Longest that a statement of a migration waits for a lock: whoever comes after it waits as long. */
const LOCK_TIMEOUT = '3s';
const LOCK_ATTEMPTS = 10;
const LOCK_NOT_AVAILABLE = '55P03';
/** duplicate_table, duplicate_object. */
const ALREADY_THERE = ['42P07', '42710'];

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
  const queryRunner = dataSource.createQueryRunner();
  try {
    const names = namesOf(dataSource);
    const [schema] = await queryRunner.manager.query<{ name: string | null }[]>('select current_schema() as name');
    if (schema?.name === null) return names;
    const former = await formerHistory(queryRunner, names);
    if (former !== null) return names.filter((name) => !former.has(name));
    return (await new MigrationExecutor(dataSource, queryRunner).getPendingMigrations()).map(({ name }) => name);
  } finally {
    await queryRunner.release();
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
  const extra = { connectionTimeoutMillis: 5_000, ...searchPath(schemaOf(options)) };
  const dataSource = await connect({ ...options, entities: [], extra });
  const queryRunner = dataSource.createQueryRunner();
  try {
    await takeTurn(queryRunner);
    await queryRunner.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
    await makeSchema(queryRunner, schemaOf(options));
    await takeOverHistory(queryRunner, namesOf(dataSource));
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'each';
    return await patiently(() => action(executor));
  } catch (error) {
    throw explained(error);
  } finally {
    await queryRunner.query('select pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
    await queryRunner.release();
    await dataSource.destroy();
  }
}

/** Asks again and again: a statement that waits for the lock would keep CREATE INDEX CONCURRENTLY waiting for itself. */
async function takeTurn(queryRunner: QueryRunner): Promise<void> {
  for (;;) {
    const [turn] = await queryRunner.manager.query<{ taken: boolean }[]>('select pg_try_advisory_lock($1) as taken', [
      LOCK,
    ]);
    if (turn?.taken === true) return;
    await wait(ASK_AGAIN_MS);
  }
}

/** The migrations of before 0.2 name `public`; the schema is what they mean. */
async function makeSchema(queryRunner: QueryRunner, schema: string): Promise<void> {
  if (schema === DEFAULT_SCHEMA) return;
  const query = queryRunner.query.bind(queryRunner);
  queryRunner.query = (text: string, parameters?: unknown[], structured?: boolean) =>
    query(text.replaceAll('"public".', `"${schema}".`), parameters as [], structured as true);
  // CREATE SCHEMA IF NOT EXISTS wants a right that is not needed where it exists.
  const found = await queryRunner.manager.query<unknown[]>('select from pg_namespace where nspname = $1', [schema]);
  if (found.length === 0) await queryRunner.query(`CREATE SCHEMA "${schema}"`);
}

/** Tries again what did not get its locks in time, so that nobody waits behind a migration for long. */
async function patiently<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE || attempt === LOCK_ATTEMPTS) throw error;
      await wait(ASK_AGAIN_MS * 5 * attempt);
    }
  }
}

function explained(error: unknown): unknown {
  if (!ALREADY_THERE.includes(sqlState(error) ?? '') || !(error instanceof Error)) return error;
  return new ConfigurationError(
    `DATABASE_URL: the database has something of the same name that is not the service's (${error.message}): set DATABASE_SCHEMA, for example to billing`,
  );
}

function schemaOf({ extra }: DataSourceOptions): string {
  const { options = '' } = extra as { options?: string };
  return options.split('search_path=')[1] ?? DEFAULT_SCHEMA;
}

function namesOf(dataSource: DataSource): string[] {
  return dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
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
