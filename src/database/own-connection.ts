import { type ClientConfig } from 'pg';
import { searchPath } from './schema.js';
import { type Environment } from '../config/app-config.js';

/**
 * Options of a connection beside the pool.
 * @param name what PostgreSQL shows of it
 */
export function ownConnection(
  { DATABASE_URL: url, DATABASE_SCHEMA: schema }: Pick<Environment, 'DATABASE_URL' | 'DATABASE_SCHEMA'>,
  name: string,
): ClientConfig {
  const settings = { application_name: name, connectionTimeoutMillis: 5_000, keepAlive: true };
  return { connectionString: url, ...settings, ...searchPath(schema) };
}
