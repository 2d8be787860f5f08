import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * A catalogue names its plans and groups as it likes, so a tier is text. Instances of the release before write their tiers
 * as ever and no group: theirs is `main`.
 */
export class NamePlansByCatalogue1796012000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "subscriptions" ALTER COLUMN "tier" TYPE varchar(100) USING "tier"::text,
      ADD COLUMN "plan_group" varchar(100) DEFAULT 'main'`);
    await queryRunner.query(`UPDATE "subscriptions" SET "plan_group" = NULL WHERE "tier" = 'custom'`);
    await queryRunner.query(`DROP TYPE "subscriptiontier"`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TYPE "subscriptiontier" AS ENUM('free', 'starter', 'professional', 'enterprise', 'custom')`,
    );
    await queryRunner.query(`ALTER TABLE "subscriptions" DROP COLUMN "plan_group"`);
    // Plans of a catalogue file have no word of their own there.
    await queryRunner.query(`ALTER TABLE "subscriptions" ALTER COLUMN "tier" TYPE "subscriptiontier"
      USING (CASE WHEN "tier" IN ('free', 'starter', 'professional', 'enterprise') THEN "tier" ELSE 'custom' END)::"subscriptiontier"`);
  }
}
