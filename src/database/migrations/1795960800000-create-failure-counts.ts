import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Declined cards and wrong coupon codes are counted for all instances together. */
export class CreateFailureCounts1795960800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "failure_counts" (
      "user_id" integer NOT NULL,
      "failures" integer NOT NULL,
      "window_ends_at" TIMESTAMP WITH TIME ZONE NOT NULL,
      CONSTRAINT "failure_counts_pkey" PRIMARY KEY ("user_id"),
      CONSTRAINT "failure_counts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE
    )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "failure_counts"`);
  }
}
