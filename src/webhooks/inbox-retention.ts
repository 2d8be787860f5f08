import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { PeriodicTask } from '../common/periodic-task.js';
import { Inbox } from './inbox.js';

const EVERY_SECONDS = 3600;

/** Removes events whose time to be kept is over, in short statements that block no other. */
@Injectable()
export class InboxRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(InboxRetention.name);
  private readonly task: PeriodicTask;
  private stopping = false;

  constructor(private readonly inbox: Inbox) {
    this.task = new PeriodicTask(
      EVERY_SECONDS,
      () => this.trimAll(),
      (error) => this.logger.error('Old events could not be removed', error instanceof Error ? error.stack : undefined),
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
    for (let trimmed = -1; trimmed !== 0 && !this.stopping; total += trimmed) trimmed = await this.inbox.trim();
    if (total > 0) this.logger.log('Old events removed', { removed: total });
    return total;
  }
}
