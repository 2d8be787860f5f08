import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { PeriodicTask } from './periodic-task.js';

const EVERY_SECONDS = 3600;

/** Removes rows whose time to be kept is over, every hour, in short statements that block no other. */
export abstract class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(this.constructor.name);
  private readonly task: PeriodicTask;
  private stopping = false;

  /** @param what is removed, for the log: `Old events` */
  protected constructor(private readonly what: string) {
    this.task = new PeriodicTask(
      EVERY_SECONDS,
      () => this.trimAll(),
      (error) => this.logger.error(`${what} could not be removed`, error),
    );
  }

  /** Removes some of the rows with one statement and returns how many; 0: none is left. */
  protected abstract trim(): Promise<number>;

  onApplicationBootstrap(): void {
    void this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.task.stop();
  }

  /** Returns how many rows were removed. */
  async trimAll(): Promise<number> {
    let total = 0;
    for (let removed = -1; removed !== 0 && !this.stopping; total += removed) removed = await this.trim();
    if (total > 0) this.logger.log(`${this.what} removed`, { removed: total });
    return total;
  }
}
