import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Where backfill, gap repair and the scheduled comparison stand, so that they resume after an interruption. */
export class CreateRepairProgress1795530000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "repair_progress" (
      "name" character varying(100) NOT NULL,
      "cursor" text,
      "handled" integer NOT NULL DEFAULT '0',
      "done" boolean NOT NULL DEFAULT false,
      "result" jsonb,
      "leased_until" TIMESTAMP WITH TIME ZONE,
      "finished_at" TIMESTAMP WITH TIME ZONE,
      CONSTRAINT "repair_progress_pkey" PRIMARY KEY ("name")
    )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "repair_progress"`);
  }
}
