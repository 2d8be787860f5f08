import { type MigrationInterface, type QueryRunner } from 'typeorm';

const LEASED = ['stripe_operations', 'idempotency_keys', 'repair_progress'];

/**
 * A lease belongs to a process that lives. Instances of the release before name no owner: their leases are held for their
 * time, and what they free of others they free whole, since `leased_until` decides.
 */
export class NameOwnersOfLeases1795950000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "service_processes" (
      "id" uuid NOT NULL,
      "seen_at" TIMESTAMP WITH TIME ZONE NOT NULL,
      CONSTRAINT "service_processes_pkey" PRIMARY KEY ("id")
    )`);
    for (const table of LEASED) await queryRunner.query(`ALTER TABLE "${table}" ADD COLUMN "leased_by" uuid`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of LEASED) await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "leased_by"`);
    await queryRunner.query(`DROP TABLE "service_processes"`);
  }
}
