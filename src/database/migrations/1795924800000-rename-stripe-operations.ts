import { type MigrationInterface, type QueryRunner } from 'typeorm';

const INDEXES = [
  'pkey',
  'customer_id_idx',
  'subject_idx',
  'open_idx',
  'one_open_customer_create',
  'one_open_purchase_per_customer',
];

/**
 * In a code base about Stripe an intent is a payment intent. Rows stay, so that what is open is finished or recovered.
 * Instances of the release before keep working through a view of the old name while a deployment is rolled out; it can be
 * written to like the table. A later migration drops it.
 */
export class RenameStripeOperations1795924800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of rename('stripe_intents', 'stripe_operations')) await queryRunner.query(statement);
    await queryRunner.query(`ALTER TABLE "stripe_operations" RENAME COLUMN "operation" TO "kind"`);
    await queryRunner.query(`ALTER TYPE "intentstate" RENAME TO "operationstate"`);
    await queryRunner.query(`CREATE VIEW "stripe_intents" AS
      SELECT "key", "customer_id", "kind" AS "operation", "subject_stripe_id", "request_hash", "request", "steps",
        "state", "leased_until", "result_stripe_id", "reason", "attempts", "created_at", "updated_at"
      FROM "stripe_operations"`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP VIEW "stripe_intents"`);
    await queryRunner.query(`ALTER TYPE "operationstate" RENAME TO "intentstate"`);
    await queryRunner.query(`ALTER TABLE "stripe_operations" RENAME COLUMN "kind" TO "operation"`);
    for (const statement of rename('stripe_operations', 'stripe_intents')) await queryRunner.query(statement);
  }
}

function rename(from: string, to: string): string[] {
  return [
    `ALTER TABLE "${from}" RENAME TO "${to}"`,
    ...INDEXES.map((name) => `ALTER INDEX "${from}_${name}" RENAME TO "${to}_${name}"`),
  ];
}
