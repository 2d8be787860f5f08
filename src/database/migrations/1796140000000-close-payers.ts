import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** When a payer was closed and its personal data removed. */
export class ClosePayers1796140000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['users', 'organizations'])
      await queryRunner.query(`ALTER TABLE "${table}" ADD COLUMN "closed_at" TIMESTAMP WITH TIME ZONE`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['users', 'organizations'])
      await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "closed_at"`);
  }
}
