import { type MigrationInterface, type QueryRunner } from 'typeorm';

const INDEX = `CREATE INDEX "webhook_events_unlinked_idx" ON "webhook_events" ("stripe_customer_id")`;

/** Finds also the events of a user's second Stripe customer, which are handled once that one is the user's. */
export class IndexEventsOfSecondCustomers1795554000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "webhook_events_unlinked_idx"`);
    await queryRunner.query(`${INDEX} WHERE state = 'ignored' AND reason IN ('unlinked_customer', 'foreign_customer')`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "webhook_events_unlinked_idx"`);
    await queryRunner.query(`${INDEX} WHERE state = 'ignored' AND reason = 'unlinked_customer'`);
  }
}
