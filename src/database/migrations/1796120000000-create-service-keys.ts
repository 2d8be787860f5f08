import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Keys of the host's own backend, which has idempotency keys of its own where it acts for no payer. */
export class CreateServiceKeys1796120000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "service_keys" (
      "id" SERIAL NOT NULL,
      "name" character varying(100) NOT NULL,
      "key_hash" character(64) NOT NULL,
      "scope" character varying(10) NOT NULL,
      "expires_at" TIMESTAMP WITH TIME ZONE,
      "revoked_at" TIMESTAMP WITH TIME ZONE,
      "last_used_at" TIMESTAMP WITH TIME ZONE,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      CONSTRAINT "service_keys_key_hash_key" UNIQUE ("key_hash"),
      CONSTRAINT "service_keys_scope_check" CHECK (scope IN ('read', 'act', 'admin')),
      CONSTRAINT "service_keys_pkey" PRIMARY KEY ("id")
    )`);
    await queryRunner.query(`ALTER TABLE "idempotency_keys"
      ADD COLUMN "service_key_id" integer,
      DROP CONSTRAINT "idempotency_keys_payer_check",
      ADD CONSTRAINT "idempotency_keys_payer_check"
        CHECK (num_nonnulls(user_id, organization_id, service_key_id) = 1),
      ADD CONSTRAINT "idempotency_keys_service_key_id_key_key" UNIQUE ("service_key_id", "key"),
      ADD CONSTRAINT "idempotency_keys_service_key_id_fkey" FOREIGN KEY ("service_key_id")
        REFERENCES "service_keys" ("id") ON DELETE CASCADE`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM "idempotency_keys" WHERE "service_key_id" IS NOT NULL`);
    // The check goes with the column.
    await queryRunner.query(`ALTER TABLE "idempotency_keys"
      DROP COLUMN "service_key_id",
      ADD CONSTRAINT "idempotency_keys_payer_check" CHECK (num_nonnulls(user_id, organization_id) = 1)`);
    await queryRunner.query(`DROP TABLE "service_keys"`);
  }
}
