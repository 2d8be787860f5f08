import { type MigrationInterface, type QueryRunner } from 'typeorm';

const TABLE = '"subscriptions"';
const LIVE = `status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete')`;
const IN_A_GROUP = 'plan_group IS NOT NULL';

/**
 * One live subscription a customer and group, whatever else was sold beside it. Instances of the release before go on
 * flagging the others as duplicates while a deployment is rolled out; the next event of such a subscription mends that.
 * Writes go on meanwhile: no transaction, CONCURRENTLY.
 */
export class LetPlansAloneExcludeEachOther1796012300000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    // What an interrupted try left is not valid.
    await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS "subscriptions_one_live_per_group"`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX CONCURRENTLY "subscriptions_one_live_per_group" ON ${TABLE} ("customer_id", "plan_group")
       WHERE ${LIVE} AND duplicate_of_id IS NULL AND ${IN_A_GROUP}`,
    );
    await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS "subscriptions_one_live_per_customer"`);
    await queryRunner.query(
      `UPDATE ${TABLE} SET duplicate_of_id = NULL WHERE duplicate_of_id IS NOT NULL AND NOT ${IN_A_GROUP}`,
    );
    await elect(queryRunner, IN_A_GROUP);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await elect(queryRunner, 'true');
    await queryRunner.query(
      `CREATE UNIQUE INDEX "subscriptions_one_live_per_customer" ON ${TABLE} ("customer_id")
       WHERE ${LIVE} AND duplicate_of_id IS NULL`,
    );
    await queryRunner.query(`DROP INDEX IF EXISTS "subscriptions_one_live_per_group"`);
  }
}

/** Of several live ones the oldest that is more than a first payment left undone counts; the others are its duplicates. */
async function elect(queryRunner: QueryRunner, among: string): Promise<void> {
  const elected = `SELECT id, first_value(id) OVER (
      PARTITION BY customer_id ORDER BY status = 'incomplete', stripe_created, id) AS counts
    FROM ${TABLE} WHERE ${LIVE} AND ${among}`;
  // The others first: for the index, two must never count at once.
  await queryRunner.query(`UPDATE ${TABLE} s SET duplicate_of_id = e.counts FROM (${elected}) e
    WHERE e.id = s.id AND e.counts <> s.id AND s.duplicate_of_id IS DISTINCT FROM e.counts`);
  await queryRunner.query(`UPDATE ${TABLE} s SET duplicate_of_id = NULL FROM (${elected}) e
    WHERE e.id = s.id AND e.counts = s.id AND s.duplicate_of_id IS NOT NULL`);
}
