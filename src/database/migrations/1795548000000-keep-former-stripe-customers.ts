import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Invoices and payments of a deleted Stripe customer find their owner also after the user has a new one. */
export class KeepFormerStripeCustomers1795548000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "former_stripe_customers" (
      "stripe_customer_id" character varying(255) NOT NULL,
      "customer_id" integer NOT NULL,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      CONSTRAINT "former_stripe_customers_pkey" PRIMARY KEY ("stripe_customer_id"),
      CONSTRAINT "former_stripe_customers_customer_id_fkey" FOREIGN KEY ("customer_id")
        REFERENCES "customers"("id") ON DELETE RESTRICT
    )`);
    await queryRunner.query(
      `CREATE INDEX "former_stripe_customers_customer_id_idx" ON "former_stripe_customers" ("customer_id")`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "former_stripe_customers"`);
  }
}
