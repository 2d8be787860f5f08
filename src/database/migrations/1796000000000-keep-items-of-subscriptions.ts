import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * What a subscription has beside its plan, how often it is paid, why an amount is not known, and what a scheduled change
 * leads to. Everything may be missing: instances of the release before write rows without it while a deployment is rolled
 * out, and `amount` stays 0 for them where it is not known.
 */
export class KeepItemsOfSubscriptions1796000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "subscriptions"
      ADD COLUMN "interval_count" integer NOT NULL DEFAULT 1,
      ADD COLUMN "amount_reason" varchar(50),
      ADD COLUMN "add_ons" jsonb`);
    await queryRunner.query(`ALTER TABLE "subscription_schedules"
      ADD COLUMN "next_tier" varchar(100),
      ADD COLUMN "next_interval" varchar(20),
      ADD COLUMN "drawn" jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "subscription_schedules"
      DROP COLUMN "next_tier", DROP COLUMN "next_interval", DROP COLUMN "drawn"`);
    await queryRunner.query(`ALTER TABLE "subscriptions"
      DROP COLUMN "interval_count", DROP COLUMN "amount_reason", DROP COLUMN "add_ons"`);
  }
}
