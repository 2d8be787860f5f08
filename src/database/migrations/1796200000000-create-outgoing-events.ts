import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What the host's own programs are told of, written in the transaction of the change; numbered after its commit. */
export class CreateOutgoingEvents1796200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "outgoing_events" (
      "id" BIGSERIAL NOT NULL,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "position" bigint,
      "sequence" bigint,
      "user_id" integer,
      "organization_id" integer,
      "type" character varying(50) NOT NULL,
      "object_type" character varying(50) NOT NULL,
      "object_id" integer,
      "stripe_id" character varying(255),
      "data" jsonb NOT NULL,
      "source" character varying(255),
      CONSTRAINT "outgoing_events_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "outgoing_events_position_key" UNIQUE ("position"),
      CONSTRAINT "outgoing_events_source_type_key" UNIQUE ("source", "type"),
      CONSTRAINT "outgoing_events_payer_check" CHECK (num_nonnulls(user_id, organization_id) = 1),
      CONSTRAINT "outgoing_events_numbers_check" CHECK ((position IS NULL) = (sequence IS NULL))
    )`);
    for (const [name, columns, where] of [
      ['outgoing_events_waiting_idx', '"id"', ' WHERE position IS NULL'],
      ['outgoing_events_created_at_idx', '"created_at"', ''],
      ['outgoing_events_user_id_position_idx', '"user_id", "position"', ''],
      ['outgoing_events_organization_id_position_idx', '"organization_id", "position"', ''],
    ])
      await queryRunner.query(`CREATE INDEX "${name}" ON "outgoing_events" (${columns})${where}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "outgoing_events"`);
  }
}
