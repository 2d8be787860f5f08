import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Retention } from '../common/retention.js';
import { AppConfig } from '../config/app-config.js';

/** Rows that one statement removes, so that it is short. */
const REMOVED_AT_ONCE = 1_000;

/** Removes events whose time to be kept is over, but for the newest of each payer, which holds its number. */
@Injectable()
export class EventRetention extends Retention {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {
    super('Old outgoing events');
  }

  protected async trim(): Promise<number> {
    const [, removed] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM outgoing_events WHERE id IN (
         SELECT id FROM outgoing_events old
         WHERE created_at < now() - make_interval(days => $1) AND position IS NOT NULL AND EXISTS (
           SELECT FROM outgoing_events newer WHERE newer.position > old.position
             AND (newer.user_id = old.user_id OR newer.organization_id = old.organization_id
               OR num_nonnulls(newer.user_id, newer.organization_id, old.user_id, old.organization_id) = 0))
         ORDER BY created_at LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
      [this.config.env.OUTGOING_EVENT_RETENTION_DAYS],
    );
    return removed;
  }
}
