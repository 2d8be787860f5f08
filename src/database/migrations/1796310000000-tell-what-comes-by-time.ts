import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Events that concern no payer; which limit of a period was told as reached, and when it counts anew; until when the ends
 * that come by time alone were told; what the catalogue was in whole.
 */
export class TellWhatComesByTime1796310000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "outgoing_events" DROP CONSTRAINT "outgoing_events_payer_check",
      ADD CONSTRAINT "outgoing_events_payer_check" CHECK (num_nonnulls(user_id, organization_id) <= 1)`);
    await queryRunner.query(`CREATE INDEX "outgoing_events_of_nobody_idx" ON "outgoing_events" ("position")
      WHERE user_id IS NULL AND organization_id IS NULL`);
    await queryRunner.query(
      `ALTER TABLE "feature_usage" ADD COLUMN "told_limit" bigint, ADD COLUMN "resets_at" timestamptz`,
    );
    await queryRunner.query(`CREATE INDEX "feature_usage_resets_at_idx" ON "feature_usage" ("resets_at")
      WHERE resets_at IS NOT NULL`);
    await queryRunner.query(`CREATE INDEX "feature_overrides_until_idx" ON "feature_overrides" ("until")
      WHERE until IS NOT NULL`);
    await queryRunner.query(`ALTER TABLE "installation" ADD COLUMN "ends_told_until" timestamptz NOT NULL DEFAULT now(),
      ADD COLUMN "catalogue_content_hash" char(64)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE "installation" DROP COLUMN "catalogue_content_hash", DROP COLUMN "ends_told_until"`,
    );
    await queryRunner.query(`DROP INDEX "feature_overrides_until_idx"`);
    await queryRunner.query(`ALTER TABLE "feature_usage" DROP COLUMN "resets_at", DROP COLUMN "told_limit"`);
    await queryRunner.query(`DROP INDEX "outgoing_events_of_nobody_idx"`);
    await queryRunner.query(`DELETE FROM "outgoing_events" WHERE user_id IS NULL AND organization_id IS NULL`);
    await queryRunner.query(`ALTER TABLE "outgoing_events" DROP CONSTRAINT "outgoing_events_payer_check",
      ADD CONSTRAINT "outgoing_events_payer_check" CHECK (num_nonnulls(user_id, organization_id) = 1)`);
  }
}
