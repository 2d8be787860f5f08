import { type MigrationInterface, type QueryRunner } from 'typeorm';

const INDEX = 'webhook_events_stripe_customer_id_idx';

/** For the closing of a payer, beside live traffic: `webhook_events` may be large. */
export class IndexEventsByCustomer1796310100000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    // What an interrupted try left.
    await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS "${INDEX}"`);
    await queryRunner.query(`CREATE INDEX CONCURRENTLY "${INDEX}" ON "webhook_events" ("stripe_customer_id", "id")`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // TypeORM takes every migration back in a transaction.
    await queryRunner.query(`DROP INDEX "${INDEX}"`);
  }
}
