import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PeriodicTask } from '../common/periodic-task.js';
import { AppConfig } from '../config/app-config.js';

const EVERY_SECONDS = 3600;
/** Rows that one statement removes, so that it is short. */
const REMOVED_AT_ONCE = 1_000;

/** Removes events whose time to be kept is over, but for the newest of each payer, which holds its number. */
@Injectable()
export class EventRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EventRetention.name);
  private readonly task: PeriodicTask;
  private stopping = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {
    this.task = new PeriodicTask(
      EVERY_SECONDS,
      () => this.trimAll(),
      (error) => this.logger.error('Old outgoing events could not be removed', error),
    );
  }

  onApplicationBootstrap(): void {
    void this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.task.stop();
  }

  /** Returns how many events were removed. */
  async trimAll(): Promise<number> {
    let total = 0;
    for (let removed = -1; removed !== 0 && !this.stopping; total += removed) removed = await this.trim();
    if (total > 0) this.logger.log('Old outgoing events removed', { removed: total });
    return total;
  }

  private async trim(): Promise<number> {
    const [, removed] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM outgoing_events WHERE id IN (
         SELECT id FROM outgoing_events old
         WHERE created_at < now() - make_interval(days => $1) AND position IS NOT NULL AND EXISTS (
           SELECT FROM outgoing_events newer WHERE newer.position > old.position
             AND (newer.user_id = old.user_id OR newer.organization_id = old.organization_id))
         ORDER BY created_at LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
      [this.config.env.OUTGOING_EVENT_RETENTION_DAYS],
    );
    return removed;
  }
}
