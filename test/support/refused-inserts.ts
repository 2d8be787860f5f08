import { type TestApp } from './test-app.js';

/** Lets every insert into a table fail until it is taken back. */
export async function refuseInserts({ dataSource }: TestApp, table: string): Promise<() => Promise<void>> {
  await dataSource.query(
    `create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$`,
  );
  await dataSource.query(`create trigger refuse before insert on ${table} for each row execute function refuse()`);
  return async () => {
    await dataSource.query(`drop trigger refuse on ${table}`);
  };
}
