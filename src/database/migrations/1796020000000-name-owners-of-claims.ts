import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A claim of a webhook event belongs to a process that lives, as the other leases do. One without an owner runs out. */
export class NameOwnersOfClaims1796020000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "webhook_events" ADD COLUMN "leased_by" uuid`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "webhook_events" DROP COLUMN "leased_by"`);
  }
}
