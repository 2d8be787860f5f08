import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ownerColumn, type PayerKey } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';

const TOO_MANY_FAILURES = 'Too many declined cards or wrong coupon codes; try again later';

/** A try that was let through. `window` tells the hour in which it was counted from a later one. */
export interface Try {
  payer: PayerKey;
  window: string;
}

/**
 * Counts the failures of a payer in PostgreSQL, so that all instances count together, and by its clock. The hour begins with
 * the first failure.
 */
@Injectable()
export class FailureLimit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {}

  /**
   * Counts a try before it is known how it ends: many at once would all pass a look at the failures so far.
   * @throws BillingError rate_limited
   */
  async begin(payer: PayerKey): Promise<Try> {
    const column = ownerColumn(payer);
    const [counted] = await this.dataSource.query<{ window: string }[]>(
      `INSERT INTO failure_counts AS known (${column}, failures, window_ends_at)
       VALUES ($1, 1, now() + interval '1 hour')
       ON CONFLICT (${column}) DO UPDATE SET
         failures = CASE WHEN known.window_ends_at <= now() THEN 1 ELSE known.failures + 1 END,
         window_ends_at = CASE WHEN known.window_ends_at <= now() THEN excluded.window_ends_at
                               ELSE known.window_ends_at END
       WHERE known.window_ends_at <= now() OR known.failures < $2
       RETURNING window_ends_at::text AS window`,
      [payer.id, this.config.env.RATE_LIMIT_FAILURES_PER_PAYER],
    );
    if (counted === undefined) throw await this.refusal(payer);
    return { payer, window: counted.window };
  }

  /** Takes back a try that was no failure. The row goes with the last one: only who failed has one. */
  async forget({ payer, window }: Try): Promise<void> {
    const column = ownerColumn(payer);
    await this.dataSource.query(
      `WITH removed AS (
         DELETE FROM failure_counts WHERE ${column} = $1 AND window_ends_at = $2::timestamptz AND failures = 1 RETURNING 1
       )
       UPDATE failure_counts SET failures = failures - 1
       WHERE ${column} = $1 AND window_ends_at = $2::timestamptz AND failures > 0 AND NOT EXISTS (SELECT FROM removed)`,
      [payer.id, window],
    );
  }

  private async refusal(payer: PayerKey): Promise<BillingError> {
    const [row] = await this.dataSource.query<{ seconds: number }[]>(
      `SELECT extract(epoch FROM window_ends_at - now())::float AS seconds FROM failure_counts
       WHERE ${ownerColumn(payer)} = $1`,
      [payer.id],
    );
    return new BillingError('rate_limited', TOO_MANY_FAILURES, { retryAfterSeconds: row?.seconds ?? 1 });
  }
}
