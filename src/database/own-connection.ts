import { type ClientConfig } from 'pg';
import { type Environment } from '../config/app-config.js';

/**
 * Options of a connection beside the pool.
 * @param name what PostgreSQL shows of it
 */
export function ownConnection({ DATABASE_URL: url }: Pick<Environment, 'DATABASE_URL'>, name: string): ClientConfig {
  return { connectionString: url, application_name: name, connectionTimeoutMillis: 5_000, keepAlive: true };
}
