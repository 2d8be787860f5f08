import {
  type EntityManager,
  type EntityTarget,
  type FindOptionsWhere,
  type ObjectLiteral,
  type QueryDeepPartialEntity,
} from 'typeorm';

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
