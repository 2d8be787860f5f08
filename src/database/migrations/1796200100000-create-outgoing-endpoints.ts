import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Where events are delivered, and what is still to be delivered. */
export class CreateOutgoingEndpoints1796200100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "outgoing_endpoints" (
      "id" SERIAL NOT NULL,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "url" character varying(2048) NOT NULL,
      "secret" character varying(255) NOT NULL,
      "types" jsonb,
      "enabled" boolean NOT NULL DEFAULT true,
      CONSTRAINT "outgoing_endpoints_pkey" PRIMARY KEY ("id")
    )`);
    await queryRunner.query(`CREATE TABLE "outgoing_deliveries" (
      "id" BIGSERIAL NOT NULL,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "endpoint_id" integer NOT NULL,
      "event_id" bigint NOT NULL,
      "payer" integer NOT NULL,
      "attempts" integer NOT NULL DEFAULT 0,
      "first_attempt_at" TIMESTAMP WITH TIME ZONE,
      "next_attempt_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "leased_until" TIMESTAMP WITH TIME ZONE,
      "leased_by" uuid,
      "failed_at" TIMESTAMP WITH TIME ZONE,
      "last_error" character varying(255),
      CONSTRAINT "outgoing_deliveries_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "outgoing_deliveries_endpoint_id_event_id_key" UNIQUE ("endpoint_id", "event_id"),
      CONSTRAINT "outgoing_deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "outgoing_endpoints" ("id") ON DELETE CASCADE,
      CONSTRAINT "outgoing_deliveries_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "outgoing_events" ("id") ON DELETE CASCADE
    )`);
    for (const [name, columns, where] of [
      ['outgoing_deliveries_order_idx', '"endpoint_id", "payer", "event_id"', ' WHERE failed_at IS NULL'],
      ['outgoing_deliveries_due_idx', '"next_attempt_at"', ' WHERE failed_at IS NULL'],
      ['outgoing_deliveries_event_id_idx', '"event_id"', ''],
      ['outgoing_deliveries_leased_by_idx', '"leased_by"', ' WHERE leased_by IS NOT NULL'],
    ])
      await queryRunner.query(`CREATE INDEX "${name}" ON "outgoing_deliveries" (${columns})${where}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "outgoing_deliveries"`);
    await queryRunner.query(`DROP TABLE "outgoing_endpoints"`);
  }
}
