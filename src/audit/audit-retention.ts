import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Retention } from '../common/retention.js';
import { AppConfig } from '../config/app-config.js';

/** Rows that one statement removes, so that it is short. */
const REMOVED_AT_ONCE = 1_000;

/** Removes entries whose time to be kept is over. */
@Injectable()
export class AuditRetention extends Retention {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {
    super('Old entries of the audit log');
  }

  protected async trim(): Promise<number> {
    const [, removed] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM audit_log WHERE id IN (
         SELECT id FROM audit_log WHERE created_at < now() - make_interval(days => $1)
         ORDER BY created_at LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
      [this.config.env.AUDIT_RETENTION_DAYS],
    );
    return removed;
  }
}
