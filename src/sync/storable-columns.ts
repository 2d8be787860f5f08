import { type EntityTarget, getMetadataArgsStorage } from 'typeorm';
import { type ColumnMetadataArgs } from 'typeorm/metadata-args/ColumnMetadataArgs.js';
import { storableDate, storableInteger, storableJson, storableText } from '../common/storable.js';

type Columns = ReadonlyMap<string, ColumnMetadataArgs['options']>;

const known = new Map<unknown, Columns>();

/**
 * What Stripe says as the columns of an entity can hold and return it: texts in the column's length, without half characters
 * and NUL, counts in the type's range. Without it one odd value would end in a dead letter, or differ from Stripe for ever.
 */
export function storableColumns<Values extends object>(entity: EntityTarget<object>, values: Values): Values {
  const columns = columnsOf(entity);
  const entries = Object.entries(values).map(([name, value]): [string, unknown] => {
    const options = columns.get(name);
    return [name, options === undefined ? value : storable(value, options)];
  });
  return Object.fromEntries(entries) as Values;
}

function storable(value: unknown, { type, length }: ColumnMetadataArgs['options']): unknown {
  if (value instanceof Date) return storableDate(value);
  if (type === 'jsonb') return storableJson(value);
  if (typeof value === 'number' && type === 'integer') return storableInteger(value);
  if (typeof value !== 'string' || (type !== 'varchar' && type !== 'text' && type !== 'char')) return value;
  return storableText(value, length === undefined ? Infinity : Number(length));
}

/** The columns that an entity and those that it extends declare, by property. */
function columnsOf(entity: EntityTarget<object>): Columns {
  const earlier = known.get(entity);
  if (earlier !== undefined) return earlier;
  const classes = new Set<unknown>();
  for (let one: unknown = entity; typeof one === 'function'; one = Object.getPrototypeOf(one)) classes.add(one);
  const own = getMetadataArgsStorage().columns.filter(({ target }) => classes.has(target));
  const columns = new Map(own.map(({ propertyName, options }) => [propertyName, options]));
  known.set(entity, columns);
  return columns;
}
