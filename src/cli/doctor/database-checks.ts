import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../ormconfig.js';
import { type AppConfig, ConfigurationError } from '../../config/app-config.js';
import { pendingMigrations } from '../../database/migrate.js';
import {
  type Check,
  type InboxState,
  inboxCheck,
  migrationsCheck,
  operationsCheck,
  type ServerVersion,
  versionCheck,
} from './findings.js';

/** Whether the database can be used, and what waits in it. */
export async function checkDatabase({ env }: AppConfig): Promise<Check[]> {
  const options = dataSourceOptions(env.DATABASE_URL, env.DATABASE_SCHEMA, 2);
  try {
    const pending = await pendingMigrations(options);
    const dataSource = await new DataSource({ ...options, entities: [] }).initialize();
    try {
      return [
        versionCheck(await readVersion(dataSource)),
        migrationsCheck(pending),
        ...(pending.length === 0
          ? [inboxCheck(await readInbox(dataSource)), operationsCheck(await countOldOperations(dataSource))]
          : []),
      ];
    } finally {
      await dataSource.destroy();
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [{ name: 'database', state: 'fail', text: error.message, advice: 'check DATABASE_URL and the server' }];
  }
}

async function readVersion(dataSource: DataSource): Promise<ServerVersion> {
  const [version] = await dataSource.query<[ServerVersion]>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`,
  );
  return version;
}

async function readInbox(dataSource: DataSource): Promise<InboxState> {
  const [state] = await dataSource.query<[InboxState]>(
    `SELECT count(*) FILTER (WHERE state = 'failed')::int AS failed,
            coalesce(extract(epoch FROM now() - min(received_at) FILTER (WHERE state IN ('received', 'processing'))), 0)::int AS lag
     FROM webhook_events`,
  );
  return state;
}

async function countOldOperations(dataSource: DataSource): Promise<number> {
  const [{ old }] = await dataSource.query<[{ old: number }]>(
    `SELECT count(*)::int AS old FROM stripe_operations WHERE state = 'open' AND created_at < now() - interval '1 hour'`,
  );
  return old;
}
