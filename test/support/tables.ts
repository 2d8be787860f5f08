import { type DataSource } from 'typeorm';

/** What changes by itself while processes run, and says nothing about customers. */
const ALIVE = new Set(['service_processes']);

/** Every row of every table, as JSON texts. */
export async function contentOfAll(dataSource: DataSource): Promise<Record<string, string[]>> {
  const tables = await dataSource.query<{ name: string }[]>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const content: Record<string, string[]> = {};
  for (const { name } of tables.filter((table) => !ALIVE.has(table.name))) {
    const rows = await dataSource.query<{ row: string }[]>(`select to_jsonb(one)::text as row from "${name}" one`);
    content[name] = rows.map(({ row }) => row).sort();
  }
  return content;
}
