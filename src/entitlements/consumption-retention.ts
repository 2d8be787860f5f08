import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Retention } from '../common/retention.js';

/** Days in which a key that is sent again is known. */
const KEPT_DAYS = 30;
/** Rows that one statement removes, so that it is short. */
const REMOVED_AT_ONCE = 1_000;

/** Removes the keys of uses that nobody repeats any more; what was used stays counted. */
@Injectable()
export class ConsumptionRetention extends Retention {
  constructor(private readonly dataSource: DataSource) {
    super('Old keys of uses');
  }

  protected async trim(): Promise<number> {
    const [, removed] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM feature_consumptions WHERE id IN (
         SELECT id FROM feature_consumptions WHERE created_at < now() - make_interval(days => $1)
         ORDER BY created_at LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
      [KEPT_DAYS],
    );
    return removed;
  }
}
