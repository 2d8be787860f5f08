import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A catalogue names its plans as it likes, so a tier is text; instances of the release before write theirs as ever. */
export class NamePlansByCatalogue1796020000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "subscriptions" ALTER COLUMN "tier" TYPE varchar(100) USING "tier"::text`);
    await queryRunner.query(`DROP TYPE "subscriptiontier"`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TYPE "subscriptiontier" AS ENUM('free', 'starter', 'professional', 'enterprise', 'custom')`,
    );
    // Plans of a catalogue file have no word of their own there.
    await queryRunner.query(`ALTER TABLE "subscriptions" ALTER COLUMN "tier" TYPE "subscriptiontier"
      USING (CASE WHEN "tier" IN ('free', 'starter', 'professional', 'enterprise') THEN "tier" ELSE 'custom' END)::"subscriptiontier"`);
  }
}
