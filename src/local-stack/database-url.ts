import { type EmbeddedPostgres } from './embedded-postgres.js';

/** The connection as DATABASE_URL takes it: the socket's directory, percent-encoded, stands in the place of the host. */
export function databaseUrl({ host, port, user, database }: EmbeddedPostgres['connection']): string {
  return `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`;
}
