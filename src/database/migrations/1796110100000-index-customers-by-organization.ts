import { type MigrationInterface, type QueryRunner } from 'typeorm';

const KEY = 'customers_organization_id_key';

/** Beside live traffic: `customers` may be large. */
export class IndexCustomersByOrganization1796110100000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    // What an interrupted try left.
    await queryRunner.query(`ALTER TABLE "customers"
      DROP CONSTRAINT IF EXISTS "customers_organization_id_fkey", DROP CONSTRAINT IF EXISTS "${KEY}"`);
    await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS "${KEY}"`);
    await queryRunner.query(`CREATE UNIQUE INDEX CONCURRENTLY "${KEY}" ON "customers" ("organization_id")`);
    await queryRunner.query(`ALTER TABLE "customers" ADD CONSTRAINT "${KEY}" UNIQUE USING INDEX "${KEY}"`);
    await queryRunner.query(`ALTER TABLE "customers" ADD CONSTRAINT "customers_organization_id_fkey"
      FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON DELETE RESTRICT NOT VALID`);
    await queryRunner.query(`ALTER TABLE "customers" VALIDATE CONSTRAINT "customers_organization_id_fkey"`);
    await queryRunner.query(`ALTER TABLE "customers" VALIDATE CONSTRAINT "customers_payer_check"`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "customers"
      DROP CONSTRAINT "customers_organization_id_fkey", DROP CONSTRAINT "${KEY}"`);
  }
}
