import {
  type EntityManager,
  type EntityMetadata,
  type EntityTarget,
  type FindOptionsWhere,
  type ObjectLiteral,
  type QueryDeepPartialEntity,
} from 'typeorm';
import { ApplyValueTransformers } from 'typeorm/util/ApplyValueTransformers.js';

/** Inserts a row and returns it as it stands in the table, in one statement. */
export async function insertRow<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  values: QueryDeepPartialEntity<Row>,
): Promise<Row> {
  const insert = manager.createQueryBuilder().insert().into(entity).values(values).returning('*').updateEntity(false);
  const [raw] = (await insert.execute()).raw as ObjectLiteral[];
  if (raw === undefined) throw new Error('An INSERT returned no row');
  return toEntity(manager, entity, raw);
}

/** Inserts a row unless a unique index has it already; null then. */
export async function insertRowOrIgnore<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  values: QueryDeepPartialEntity<Row>,
): Promise<Row | null> {
  const insert = manager.createQueryBuilder().insert().into(entity).values(values).returning('*').updateEntity(false);
  const [raw] = (await insert.orIgnore().execute()).raw as ObjectLiteral[];
  return raw === undefined ? null : toEntity(manager, entity, raw);
}

/** Changes the one row that fits the criteria and returns it as it stands in the table now; null when none fits. */
export async function updateRow<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  criteria: FindOptionsWhere<Row>,
  values: QueryDeepPartialEntity<Row>,
): Promise<Row | null> {
  const update = manager.createQueryBuilder().update(entity).set(values).where(criteria).returning('*');
  const [raw] = (await update.updateEntity(false).execute()).raw as ObjectLiteral[];
  return raw === undefined ? null : toEntity(manager, entity, raw);
}

/** The rows whose property has one of the values, in one statement; in no order. */
export async function findRows<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  property: keyof Row & string,
  values: readonly string[],
): Promise<Row[]> {
  const { tableName, columnOf } = tableOf(manager, entity);
  const sql = `SELECT * FROM ${tableName} WHERE ${columnOf(property)} = ANY($1)`;
  const found = await manager.query<ObjectLiteral[]>(sql, [values]);
  return found.map((raw) => toEntity(manager, entity, raw));
}

/** A row as it was read, and what is to stand in it. All values of one call have the same names. */
export interface RowChange<Row> {
  row: Row;
  values: QueryDeepPartialEntity<Row>;
}

/**
 * Changes rows in one statement and returns them as they stand in the table now. A row whose version is not the one that was
 * read is left as it is, and not returned.
 */
export async function updateRows<Row extends ObjectLiteral & { id: number; version: number }>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  changes: readonly RowChange<Row>[],
): Promise<Row[]> {
  const [first] = changes;
  if (first === undefined) return [];
  const { metadata, tableName, columnOf } = tableOf(manager, entity);
  const names = Object.keys(first.values);
  const columns = names.map(columnOf);
  const given = changes.map(({ row, values }) => ({
    ...toJson(metadata, { ...row, ...values }, names),
    id: row.id,
    version: row.version + 1,
  }));
  const stamp = metadata.updateDateColumn === undefined ? '' : `, ${metadata.updateDateColumn.databaseName} = now()`;
  const sql = `UPDATE ${tableName} AS known SET (${columns.join(', ')}) = ROW(${columns.map((name) => `given.${name}`).join(', ')})${stamp}
    FROM jsonb_populate_recordset(NULL::${tableName}, $1::jsonb) AS given
    WHERE known.id = given.id AND known.version = given.version - 1
    RETURNING known.*`;
  const [changed] = await manager.query<[ObjectLiteral[], number]>(sql, [JSON.stringify(given)]);
  return changed.map((raw) => toEntity(manager, entity, raw));
}

/** Values by the names of their columns, as JSON that PostgreSQL reads as a row of the table. */
function toJson(metadata: EntityMetadata, values: ObjectLiteral, names: readonly string[]): ObjectLiteral {
  return Object.fromEntries(
    names.map((name): [string, unknown] => {
      const column = metadata.findColumnWithPropertyName(name);
      if (column === undefined) throw new Error(`${metadata.name} has no column ${name}`);
      const value: unknown = values[name] ?? null;
      const { transformer } = column;
      if (value === null || transformer === undefined) return [column.databaseName, value];
      return [column.databaseName, ApplyValueTransformers.transformTo(transformer, value)];
    }),
  );
}

function tableOf<Row extends ObjectLiteral>({ connection }: EntityManager, entity: EntityTarget<Row>) {
  const metadata = connection.getMetadata(entity);
  const escape = (name: string) => connection.driver.escape(name);
  const columnOf = (property: string) => {
    const column = metadata.findColumnWithPropertyName(property);
    if (column === undefined) throw new Error(`${metadata.name} has no column ${property}`);
    return escape(column.databaseName);
  };
  return { metadata, tableName: escape(metadata.tableName), columnOf };
}

function toEntity<Row extends ObjectLiteral>(
  { connection }: EntityManager,
  entity: EntityTarget<Row>,
  raw: ObjectLiteral,
): Row {
  const metadata = connection.getMetadata(entity);
  const row = metadata.create() as Row;
  for (const column of metadata.columns)
    column.setEntityValue(row, connection.driver.prepareHydratedValue(raw[column.databaseName], column));
  return row;
}
