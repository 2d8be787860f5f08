import { type DataSource } from 'typeorm';

/**
 * The random id of this database.
 * @throws Error for a database without one: its migrations have not been applied
 */
export async function readInstanceId(dataSource: DataSource): Promise<string> {
  const [row] = await dataSource.query<{ id: string }[]>('SELECT instance_id AS id FROM installation');
  if (row === undefined) throw new Error('This database has no id; run `npm run cli -- migrate`');
  return row.id;
}
