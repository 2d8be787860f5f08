import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Tables with a row of a payer's, and what is unique together with the payer. */
const OF_PAYERS = [
  { table: 'payer_leases', also: [], primary: ['user_id'] },
  { table: 'failure_counts', also: [], primary: ['user_id'] },
  { table: 'idempotency_keys', also: ['key'], primary: ['user_id', 'key'] },
] as const;

/**
 * A customer is a person or an organization, and so is whoever has leases, counts of failures and idempotency keys. Instances
 * of the release before write persons alone, and find their unique `user_id` as before. The tables that get a new primary
 * key are written anew for it: they hold what is of these minutes and of the last day.
 */
export class KeepOrganizations1796110000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "organizations" (
      "id" SERIAL NOT NULL,
      "external_id" text NOT NULL,
      "name" character varying(255),
      "is_active" boolean NOT NULL DEFAULT true,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      CONSTRAINT "organizations_external_id_key" UNIQUE ("external_id"),
      CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
    )`);
    await queryRunner.query(`CREATE TABLE "removed_members" (
      "organization_id" integer NOT NULL,
      "external_id" text NOT NULL,
      "removed_at" TIMESTAMP WITH TIME ZONE NOT NULL,
      CONSTRAINT "removed_members_pkey" PRIMARY KEY ("organization_id", "external_id"),
      CONSTRAINT "removed_members_organization_id_fkey" FOREIGN KEY ("organization_id")
        REFERENCES "organizations" ("id") ON DELETE CASCADE
    )`);
    await queryRunner.query(`ALTER TABLE "customers"
      ALTER COLUMN "user_id" DROP NOT NULL,
      ADD COLUMN "organization_id" integer,
      ADD CONSTRAINT "customers_payer_check" CHECK (num_nonnulls(user_id, organization_id) = 1) NOT VALID`);
    for (const { table, also } of OF_PAYERS) {
      const names = (column: string) => [table, column, ...also, 'key'].join('_');
      const columns = (column: string) => [column, ...also].map((name) => `"${name}"`).join(', ');
      await queryRunner.query(`ALTER TABLE "${table}"
        DROP CONSTRAINT "${table}_pkey",
        ALTER COLUMN "user_id" DROP NOT NULL,
        ADD COLUMN "id" BIGSERIAL NOT NULL,
        ADD COLUMN "organization_id" integer,
        ADD CONSTRAINT "${table}_pkey" PRIMARY KEY ("id"),
        ADD CONSTRAINT "${names('user_id')}" UNIQUE (${columns('user_id')}),
        ADD CONSTRAINT "${names('organization_id')}" UNIQUE (${columns('organization_id')}),
        ADD CONSTRAINT "${table}_payer_check" CHECK (num_nonnulls(user_id, organization_id) = 1),
        ADD CONSTRAINT "${table}_organization_id_fkey" FOREIGN KEY ("organization_id")
          REFERENCES "organizations" ("id") ON DELETE CASCADE`);
    }
  }

  /** Refused while an organization is a customer: its money history stays. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { table, primary } of OF_PAYERS.toReversed()) {
      await queryRunner.query(`DELETE FROM "${table}" WHERE "user_id" IS NULL`);
      // The column takes its constraints with it, and so does the id.
      await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "organization_id", DROP COLUMN "id"`);
      await queryRunner.query(`ALTER TABLE "${table}"
        DROP CONSTRAINT "${[table, ...primary, 'key'].join('_')}",
        ADD CONSTRAINT "${table}_pkey" PRIMARY KEY (${primary.map((name) => `"${name}"`).join(', ')})`);
    }
    await queryRunner.query(`ALTER TABLE "customers"
      DROP COLUMN "organization_id",
      ALTER COLUMN "user_id" SET NOT NULL`);
    await queryRunner.query(`DROP TABLE "removed_members"`);
    await queryRunner.query(`DROP TABLE "organizations"`);
  }
}
