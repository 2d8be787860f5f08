import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Finds the events whose time to be kept is over. */
export class IndexEventsByAge1795529000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX "webhook_events_received_at_idx" ON "webhook_events"  ("received_at") `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "public"."webhook_events_received_at_idx"`);
  }
}
