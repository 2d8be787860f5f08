import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../ormconfig.js';
import { type AppConfig, ConfigurationError } from '../../config/app-config.js';
import { pendingMigrations } from '../../database/migrate.js';

/** What the doctor looked at. fail: must be mended · warn: should be looked at. */
export interface Check {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  text: string;
  /** What to do. */
  advice?: string;
}

const OLDEST_VERSION = 140_000;

/** Whether the database can be used, and what waits in it. */
export async function checkDatabase({ env }: AppConfig): Promise<Check[]> {
  const options = dataSourceOptions(env.DATABASE_URL, 2);
  try {
    const pending = await pendingMigrations(options);
    const dataSource = await new DataSource({ ...options, entities: [] }).initialize();
    try {
      return [
        await checkVersion(dataSource),
        checkMigrations(pending),
        ...(pending.length === 0 ? [await checkInbox(dataSource), await checkOperations(dataSource)] : []),
      ];
    } finally {
      await dataSource.destroy();
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [{ name: 'database', state: 'fail', text: error.message, advice: 'check DATABASE_URL and the server' }];
  }
}

async function checkVersion(dataSource: DataSource): Promise<Check> {
  const [{ number, text }] = await dataSource.query<[{ number: number; text: string }]>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`,
  );
  if (number >= OLDEST_VERSION) return { name: 'database', state: 'ok', text: `PostgreSQL ${text} answers` };
  return {
    name: 'database',
    state: 'fail',
    text: `PostgreSQL ${text} is too old`,
    advice: 'use PostgreSQL 14 or later',
  };
}

function checkMigrations(pending: readonly string[]): Check {
  const name = 'migrations';
  if (pending.length === 0) return { name, state: 'ok', text: 'all are applied' };
  return { name, state: 'fail', text: `missing: ${pending.join(', ')}`, advice: 'npm run cli -- migrate' };
}

async function checkInbox(dataSource: DataSource): Promise<Check> {
  const [{ failed, lag }] = await dataSource.query<[{ failed: number; lag: number }]>(
    `SELECT count(*) FILTER (WHERE state = 'failed')::int AS failed,
            coalesce(extract(epoch FROM now() - min(received_at) FILTER (WHERE state IN ('received', 'processing'))), 0)::int AS lag
     FROM webhook_events`,
  );
  const name = 'inbox';
  if (failed > 0)
    return {
      name,
      state: 'warn',
      text: `${failed} events were given up`,
      advice: 'npm run cli -- events list --state failed, then events replay',
    };
  if (lag > 600)
    return { name, state: 'warn', text: `an event has waited for ${lag} s`, advice: 'is the service running?' };
  return { name, state: 'ok', text: 'no event was given up, none waits for long' };
}

async function checkOperations(dataSource: DataSource): Promise<Check> {
  const [{ old }] = await dataSource.query<[{ old: number }]>(
    `SELECT count(*)::int AS old FROM stripe_operations WHERE state = 'open' AND created_at < now() - interval '1 hour'`,
  );
  const name = 'intents';
  if (old === 0) return { name, state: 'ok', text: 'none is open for long' };
  return {
    name,
    state: 'warn',
    text: `${old} Stripe calls are open for more than an hour`,
    advice: 'the running service closes them: see its log',
  };
}
