import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Intents } from '../operations/operations.js';
import {
  FOLLOW_UP_OPERATIONS,
  INTENT_OPERATIONS,
  type IntentOperation,
  RECOVERABLE_OPERATIONS,
  type StripeIntent,
} from '../operations/stripe-operation.entity.js';
import { retryAfterSeconds } from '../webhooks/back-off.js';
import { errorText } from '../webhooks/error-text.js';
import { IntentHandlers } from './operation-handlers.js';

/** How a run over the open intents went. */
export interface RecoveryReport {
  /** Intents that are closed now. */
  closed: number;
  /** Intents that stay open and are tried again later. */
  failed: number;
}

const NEVER = () => false;

/**
 * Brings open intents to their end: those whose process died are looked up at Stripe, those that a projection wrote down
 * are carried out. One at a time, so that a lease outlasts the work; any number of instances share the work.
 */
@Injectable()
export class IntentRecovery {
  private readonly logger = new Logger(IntentRecovery.name);

  constructor(
    private readonly config: AppConfig,
    private readonly intents: Intents,
    private readonly handlers: IntentHandlers,
  ) {}

  /** Every open intent now, whatever its age, but for those that a running request holds. For the operator. */
  recoverAll(): Promise<RecoveryReport> {
    return this.drain(INTENT_OPERATIONS, 0, NEVER);
  }

  /** What projections wrote down. */
  carryOutFollowUps(stopping: () => boolean): Promise<RecoveryReport> {
    return this.drain(FOLLOW_UP_OPERATIONS, 0, stopping);
  }

  /** What was left open for INTENT_RECOVERY_AFTER_SECONDS. */
  recoverAbandoned(stopping: () => boolean): Promise<RecoveryReport> {
    return this.drain(RECOVERABLE_OPERATIONS, this.config.env.INTENT_RECOVERY_AFTER_SECONDS, stopping);
  }

  private async drain(
    operations: readonly IntentOperation[],
    olderThanSeconds: number,
    stopping: () => boolean,
  ): Promise<RecoveryReport> {
    const report = { closed: 0, failed: 0 };
    while (!stopping()) {
      const [intent] = await this.intents.claimAbandoned(operations, olderThanSeconds, 1);
      if (intent === undefined) break;
      if (await this.settle(intent)) report.closed += 1;
      else report.failed += 1;
    }
    return report;
  }

  private async settle(intent: StripeIntent): Promise<boolean> {
    const facts = { intent_key: intent.key, operation: intent.operation, attempts: intent.attempts };
    try {
      await this.handlers.settle(intent);
      this.logger.log(facts, 'Open intent settled');
      return true;
    } catch (error) {
      this.logger.error({ ...facts, error: errorText(error) }, 'An open intent could not be settled');
      await this.intents.postpone(intent, this.pauseAfter(intent));
      return false;
    }
  }

  /** Never longer than an abandoned intent waits anyway: it may keep its customer from buying. */
  private pauseAfter({ attempts }: StripeIntent): number {
    return Math.min(retryAfterSeconds(attempts), this.config.env.INTENT_RECOVERY_AFTER_SECONDS);
  }
}
