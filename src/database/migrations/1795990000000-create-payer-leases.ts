import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Which request of a user is changing something now: one at a time. */
export class CreatePayerLeases1795990000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "payer_leases" (
      "user_id" integer NOT NULL,
      "purpose" character varying(50) NOT NULL,
      "token" uuid NOT NULL,
      "leased_until" TIMESTAMP WITH TIME ZONE,
      "leased_by" uuid,
      CONSTRAINT "payer_leases_pkey" PRIMARY KEY ("user_id"),
      CONSTRAINT "payer_leases_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "payer_leases"`);
  }
}
