import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Items of subscriptions as rows, what payers used of features, and what operators gave or took. The items that there are
 * are taken from the subscriptions; the next write of a subscription completes them.
 */
export class KeepItemsAndUsage1796150000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "subscription_items" (
      "id" SERIAL NOT NULL,
      "subscription_id" integer NOT NULL,
      "stripe_item_id" varchar(255) NOT NULL,
      "stripe_price_id" varchar(255) NOT NULL,
      "stripe_product_id" varchar(255),
      "plan" varchar(100),
      "purpose" varchar(20) NOT NULL DEFAULT 'plan',
      "quantity" integer,
      "current_period_start" timestamptz,
      "current_period_end" timestamptz,
      CONSTRAINT "subscription_items_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "subscription_items_stripe_item_id_key" UNIQUE ("stripe_item_id"),
      CONSTRAINT "subscription_items_subscription_id_fkey" FOREIGN KEY ("subscription_id")
        REFERENCES "subscriptions" ("id") ON DELETE CASCADE)`);
    await queryRunner.query(
      `CREATE INDEX "subscription_items_subscription_id_idx" ON "subscription_items" ("subscription_id")`,
    );
    await queryRunner.query(
      `CREATE INDEX "subscription_items_stripe_price_id_idx" ON "subscription_items" ("stripe_price_id")`,
    );
    await queryRunner.query(`INSERT INTO "subscription_items"
        ("subscription_id", "stripe_item_id", "stripe_price_id", "plan", "quantity", "current_period_start", "current_period_end")
      SELECT "id", "stripe_item_id", "stripe_price_id", NULLIF("tier", 'custom'), "quantity", "current_period_start", "current_period_end"
      FROM "subscriptions" WHERE "stripe_item_id" IS NOT NULL AND "stripe_price_id" IS NOT NULL
      ON CONFLICT DO NOTHING`);
    await queryRunner.query(`ALTER TABLE "installation" ADD COLUMN "catalogue_hash" char(64)`);
    for (const table of ['feature_usage', 'feature_consumptions', 'feature_overrides'])
      await create(queryRunner, table);
    await queryRunner.query(
      `CREATE INDEX "feature_consumptions_created_at_idx" ON "feature_consumptions" ("created_at")`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "installation" DROP COLUMN "catalogue_hash"`);
    for (const table of ['feature_overrides', 'feature_consumptions', 'feature_usage', 'subscription_items'])
      await queryRunner.query(`DROP TABLE "${table}"`);
  }
}

const COLUMNS: Readonly<Record<string, string>> = {
  feature_usage: `"period_start" timestamptz NOT NULL, "used" bigint NOT NULL DEFAULT 0,
    CONSTRAINT "feature_usage_used_check" CHECK (used >= 0)`,
  feature_consumptions: `"key" varchar(255) NOT NULL, "amount" bigint NOT NULL, "answer" jsonb,
    "created_at" timestamptz NOT NULL DEFAULT now()`,
  feature_overrides: `"value" jsonb NOT NULL, "until" timestamptz, "reason" varchar(500),
    "created_at" timestamptz NOT NULL DEFAULT now()`,
};
const UNIQUE: Readonly<Record<string, string>> = {
  feature_usage: ', "period_start"',
  feature_consumptions: ', "key"',
  feature_overrides: '',
};

/** A payer is a person or an organization, so each has a unique index of its own. */
async function create(queryRunner: QueryRunner, table: string): Promise<void> {
  await queryRunner.query(`CREATE TABLE "${table}" (
    "id" SERIAL NOT NULL,
    "user_id" integer,
    "organization_id" integer,
    "feature" varchar(100) NOT NULL,
    ${COLUMNS[table] ?? ''},
    CONSTRAINT "${table}_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "${table}_payer_check" CHECK (num_nonnulls(user_id, organization_id) = 1),
    CONSTRAINT "${table}_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "${table}_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON DELETE CASCADE)`);
  for (const owner of ['user_id', 'organization_id'])
    await queryRunner.query(
      `CREATE UNIQUE INDEX "${table}_${owner}_key" ON "${table}" ("${owner}", "feature"${UNIQUE[table] ?? ''})`,
    );
}
