import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** How the dispute of a payment stands, in Stripe's word. */
export class KeepDisputes1795991000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "payments" ADD COLUMN "dispute_status" character varying(50)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "payments" DROP COLUMN "dispute_status"`);
  }
}
