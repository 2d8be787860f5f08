import { DefaultNamingStrategy, type Table } from 'typeorm';

/**
 * Names everything that an entity does not name itself, in snake_case and as PostgreSQL names what comes without a name:
 * class `PromotionCode` → table `promotion_codes`, its `couponId` → `coupon_id`, `promotion_codes_pkey`,
 * `promotion_codes_coupon_id_key` (unique), `…_idx` (index), `…_fkey` (foreign key).
 *
 * A check, and a partial index beside another one on the same columns, needs a name of its own.
 */
export class SnakeCaseNamingStrategy extends DefaultNamingStrategy {
  override tableName(className: string, givenName: string | undefined): string {
    return givenName ?? `${snakeCase(className)}s`;
  }

  override columnName(property: string, givenName: string | undefined, embeddedPrefixes: string[]): string {
    return [...embeddedPrefixes.map(snakeCase), givenName ?? snakeCase(property)].join('_');
  }

  override joinColumnName(relation: string, referencedColumn: string): string {
    return snakeCase(`${relation}_${referencedColumn}`);
  }

  override primaryKeyName(table: Table | string): string {
    return this.nameOf(table, [], 'pkey');
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return this.nameOf(table, columns, 'key');
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return this.nameOf(table, columns, 'fkey');
  }

  override indexName(table: Table | string, columns: string[]): string {
    return this.nameOf(table, columns, 'idx');
  }

  private nameOf(table: Table | string, columns: string[], ending: string): string {
    return [this.getTableName(table), ...columns, ending].join('_');
  }
}

function snakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
