import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Who changed what, for whom. Rows are only added; what is younger than 30 days cannot be removed by anybody. */
export class CreateAuditLog1796130000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "audit_log" (
      "id" BIGSERIAL NOT NULL,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "actor_kind" character varying(20) NOT NULL,
      "actor_id" integer,
      "user_id" integer,
      "organization_id" integer,
      "action" character varying(100) NOT NULL,
      "object_type" character varying(50) NOT NULL,
      "object_id" character varying(255) NOT NULL,
      "before" jsonb,
      "after" jsonb,
      "request_id" character varying(128),
      CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
    )`);
    for (const columns of [
      ['created_at'],
      ['user_id', 'id'],
      ['organization_id', 'id'],
      ['object_type', 'object_id', 'id'],
    ])
      await queryRunner.query(
        `CREATE INDEX "audit_log_${columns.join('_')}_idx" ON "audit_log" (${columns.map((name) => `"${name}"`).join(', ')})`,
      );
    await queryRunner.query(`CREATE FUNCTION "refuse_change_of_audit_log"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND OLD.created_at < now() - interval '30 days' THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'audit_log is only added to' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await queryRunner.query(`CREATE TRIGGER "audit_log_added_to" BEFORE UPDATE OR DELETE ON "audit_log"
      FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_audit_log"()`);
    await queryRunner.query(`CREATE TRIGGER "audit_log_not_emptied" BEFORE TRUNCATE ON "audit_log"
      FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_audit_log"()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "audit_log"`);
    await queryRunner.query(`DROP FUNCTION "refuse_change_of_audit_log"()`);
  }
}
