import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What of a payment or a change still waits. Rows of before have none of it until their object is read again. */
export class ShowWhatWaits1796010000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "subscriptions"
      ADD COLUMN "pending_stripe_price_id" character varying(255),
      ADD COLUMN "pending_update_expires_at" TIMESTAMP WITH TIME ZONE,
      ADD COLUMN "pause_collection_behavior" character varying(50),
      ADD COLUMN "collection_resumes_at" TIMESTAMP WITH TIME ZONE`);
    await queryRunner.query(`ALTER TABLE "payments"
      ADD COLUMN "error_code" character varying(100),
      ADD COLUMN "decline_code" character varying(100)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "payments" DROP COLUMN "decline_code", DROP COLUMN "error_code"`);
    await queryRunner.query(`ALTER TABLE "subscriptions"
      DROP COLUMN "collection_resumes_at",
      DROP COLUMN "pause_collection_behavior",
      DROP COLUMN "pending_update_expires_at",
      DROP COLUMN "pending_stripe_price_id"`);
  }
}
