import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The currency that a customer pays in, as Stripe tells it. Of rows of before it comes with their next event. */
export class KeepCurrenciesOfCustomers1796320000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "customers" ADD COLUMN "currency" varchar(3)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "customers" DROP COLUMN "currency"`);
  }
}
