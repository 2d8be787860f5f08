import { type MigrationInterface, type QueryRunner } from 'typeorm';

const LENGTHS = {
  email: 255,
  name: 255,
  phone: 50,
  address_line1: 255,
  address_line2: 255,
  city: 100,
  state: 100,
  postal_code: 20,
};

/** Stripe's texts are longer than our columns were. PostgreSQL changes the type without rewriting the table. */
export class KeepCustomerTextsWhole1796004000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const changes = Object.keys(LENGTHS).map((column) => `ALTER COLUMN "${column}" TYPE text`);
    await queryRunner.query(`ALTER TABLE "customers" ${changes.join(', ')}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const changes = Object.entries(LENGTHS).map(
      ([column, length]) =>
        `ALTER COLUMN "${column}" TYPE character varying(${length}) USING left("${column}", ${length})`,
    );
    await queryRunner.query(`ALTER TABLE "customers" ${changes.join(', ')}`);
  }
}
