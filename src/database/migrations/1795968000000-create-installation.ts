import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The random id by which this database knows what it made in a Stripe account that others use, too. */
export class CreateInstallation1795968000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "installation" (
      "only" boolean NOT NULL DEFAULT true,
      "instance_id" uuid NOT NULL,
      CONSTRAINT "installation_pkey" PRIMARY KEY ("only"),
      CONSTRAINT "installation_only_check" CHECK ("only")
    )`);
    await queryRunner.query(`INSERT INTO "installation" ("instance_id") VALUES (gen_random_uuid())`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "installation"`);
  }
}
