import { type MigrationInterface, type QueryRunner } from 'typeorm';

const LEASED = ['stripe_operations', 'idempotency_keys'];

/** So that the leases of a process that is gone are found at once. Writes go on meanwhile: no transaction, CONCURRENTLY. */
export class IndexOwnersOfLeases1795950100000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of LEASED) {
      // What an interrupted try left is not valid.
      await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS "${table}_leased_by_idx"`);
      await queryRunner.query(
        `CREATE INDEX CONCURRENTLY "${table}_leased_by_idx" ON "${table}" ("leased_by") WHERE leased_by IS NOT NULL`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // TypeORM takes every migration back in a transaction.
    for (const table of LEASED) await queryRunner.query(`DROP INDEX IF EXISTS "${table}_leased_by_idx"`);
  }
}
