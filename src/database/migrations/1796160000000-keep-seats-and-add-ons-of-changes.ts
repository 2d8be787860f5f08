import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a change that waits for its date, or for its payment, makes of seats and add-ons. */
export class KeepSeatsAndAddOnsOfChanges1796160000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "subscription_schedules"
      ADD COLUMN "next_interval_count" integer,
      ADD COLUMN "next_quantity" integer,
      ADD COLUMN "next_add_ons" jsonb`);
    await queryRunner.query(`ALTER TABLE "subscriptions"
      ADD COLUMN "pending_quantity" integer,
      ADD COLUMN "pending_add_ons" jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE "subscriptions" DROP COLUMN "pending_quantity", DROP COLUMN "pending_add_ons"`,
    );
    await queryRunner.query(`ALTER TABLE "subscription_schedules"
      DROP COLUMN "next_interval_count", DROP COLUMN "next_quantity", DROP COLUMN "next_add_ons"`);
  }
}
