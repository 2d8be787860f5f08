import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ClockCheck } from '../common/clock-check.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { AppConfig } from '../config/app-config.js';
import { AccountReader } from './account-reader.js';
import { hasDrift, toLog } from './drift-report.js';
import { GapRepair } from './gap-repair.js';
import { ReconciliationService } from './reconciliation.service.js';
import { RepairProgress } from './repair-progress.js';

const LIGHT = 'light';
/** A light run takes minutes at most. */
const LEASE_SECONDS = 1800;

/**
 * Repairs in the background, one instance at a time: right after the start and every few minutes the events that were
 * not delivered, and now and then a light comparison.
 */
@Injectable()
export class RepairScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RepairScheduler.name);
  private readonly tasks: PeriodicTask[] = [];
  private stopping = false;

  constructor(
    private readonly gaps: GapRepair,
    private readonly reconciliation: ReconciliationService,
    private readonly progress: RepairProgress,
    private readonly account: AccountReader,
    private readonly clockCheck: ClockCheck,
    config: AppConfig,
  ) {
    const { EVENT_GAP_REPAIR_SECONDS: gapSeconds, RECONCILE_EVERY_SECONDS: lightSeconds } = config.env;
    if (gapSeconds > 0) this.schedule('Missed events', gapSeconds, () => this.gaps.run());
    if (lightSeconds > 0) this.schedule('Light comparison', lightSeconds, () => this.compareLightly(lightSeconds));
  }

  onApplicationBootstrap(): void {
    for (const task of this.tasks) void task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.account.stop();
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  private schedule(what: string, everySeconds: number, work: () => Promise<unknown>): void {
    const onError = (error: unknown) => {
      if (!this.stopping)
        this.logger.error(`${what}: ${String(error)}`, error instanceof Error ? error.stack : undefined);
    };
    this.tasks.push(new PeriodicTask(everySeconds, async () => this.clockCheck.isRight() && work(), onError));
  }

  /** The pauses of an instance differ at random: half of one is rest enough for all of them together. */
  private async compareLightly(everySeconds: number): Promise<void> {
    if (!(await this.progress.take(LIGHT, LEASE_SECONDS, everySeconds / 2))) return;
    let result: Record<string, number> | null = null;
    try {
      const report = await this.reconciliation.reconcile({ scope: 'light', fix: true });
      const { drift } = report;
      result = { drift: drift.length, fixed: drift.filter(({ fixed }) => fixed).length };
      if (drift.length > 0)
        this.logger.warn({ drift: drift.map(toLog), unsolved: hasDrift(report) }, 'The tables had drifted from Stripe');
    } finally {
      await this.progress.giveBack(LIGHT, result);
    }
  }
}
