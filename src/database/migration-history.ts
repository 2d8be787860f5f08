import { type QueryRunner } from 'typeorm';

/** Which migrations are applied. */
export const MIGRATIONS_TABLE = 'billing_migrations';
/** Its name before 0.2: one that an application may have, too. */
const FORMER_TABLE = 'migrations';

/** Whether the history of our migrations still has its former name alone. */
async function isFormer(queryRunner: QueryRunner, names: readonly string[]): Promise<boolean> {
  const [found] = await queryRunner.manager.query<{ own: boolean; former: boolean }[]>(
    `SELECT to_regclass(quote_ident(current_schema()) || '.${MIGRATIONS_TABLE}') IS NOT NULL AS own,
       to_regclass(quote_ident(current_schema()) || '.${FORMER_TABLE}') IS NOT NULL AS former`,
  );
  if (found === undefined || found.own || !found.former) return false;
  const columns = await queryRunner.manager.query<unknown[]>(
    `SELECT FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(current_schema()) || '.${FORMER_TABLE}')
       AND attname IN ('timestamp', 'name')`,
  );
  if (columns.length < 2) return false;
  const ours = await queryRunner.manager.query<unknown[]>(`SELECT FROM ${FORMER_TABLE} WHERE name = ANY($1)`, [names]);
  return ours.length > 0;
}

/** Names of our migrations that a history with its former name has; null: it is there under its own name, or nowhere. */
export async function formerHistory(
  queryRunner: QueryRunner,
  names: readonly string[],
): Promise<ReadonlySet<string> | null> {
  if (!(await isFormer(queryRunner, names))) return null;
  const rows = await queryRunner.manager.query<{ name: string }[]>(
    `SELECT name FROM ${FORMER_TABLE} WHERE name = ANY($1)`,
    [names],
  );
  return new Set(rows.map(({ name }) => name));
}

/**
 * Takes over what the former table says of our migrations. It stays: instances of the release before may still start, and an
 * application may use it for its own.
 */
export async function takeOverHistory(queryRunner: QueryRunner, names: readonly string[]): Promise<void> {
  if (!(await isFormer(queryRunner, names))) return;
  await queryRunner.startTransaction();
  try {
    await queryRunner.query(
      `CREATE TABLE ${MIGRATIONS_TABLE} (id SERIAL PRIMARY KEY, "timestamp" bigint NOT NULL, name character varying NOT NULL)`,
    );
    await queryRunner.query(
      `INSERT INTO ${MIGRATIONS_TABLE} ("timestamp", name)
       SELECT "timestamp", name FROM ${FORMER_TABLE} WHERE name = ANY($1) ORDER BY id`,
      [names],
    );
    await queryRunner.commitTransaction();
  } catch (error) {
    await queryRunner.rollbackTransaction();
    throw error;
  }
}
