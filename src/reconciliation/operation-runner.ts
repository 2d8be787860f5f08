import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ClockCheck } from '../common/clock-check.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { AppConfig } from '../config/app-config.js';
import { OperationRecovery } from './operation-recovery.js';

/** Looks for open operations again and again, in every instance. */
@Injectable()
export class OperationRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OperationRunner.name);
  private readonly polling: PeriodicTask;
  private stopping = false;

  constructor(
    private readonly recovery: OperationRecovery,
    private readonly clockCheck: ClockCheck,
    config: AppConfig,
  ) {
    this.polling = new PeriodicTask(
      config.env.INTENT_POLL_SECONDS,
      () => this.run(),
      (error) => this.logger.error('Cannot read the operations', error instanceof Error ? error.stack : undefined),
    );
  }

  onApplicationBootstrap(): void {
    void this.polling.start();
  }

  /** Waits for the operation that is being finished; the others stay open. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.polling.stop();
  }

  private async run(): Promise<void> {
    if (!this.clockCheck.isRight()) return;
    const stopping = () => this.stopping;
    await this.recovery.carryOutFollowUps(stopping);
    await this.recovery.recoverAbandoned(stopping);
  }
}
