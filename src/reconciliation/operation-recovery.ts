import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Operations } from '../operations/operations.js';
import {
  FOLLOW_UP_OPERATIONS,
  OPERATION_KINDS,
  type OperationKind,
  RECOVERABLE_OPERATIONS,
  type StripeOperation,
} from '../operations/stripe-operation.entity.js';
import { retryAfterSeconds } from '../common/back-off.js';
import { errorText } from '../common/error-text.js';
import { OperationHandlers } from './operation-handlers.js';

/** How a run over the open operations went. */
export interface RecoveryReport {
  /** Operations that are closed now. */
  closed: number;
  /** Operations that stay open and are retried later. */
  failed: number;
}

const NEVER = () => false;

/**
 * Finishes open operations: those whose process died are looked up at Stripe, those that a projection wrote down
 * are carried out. One at a time, so that a lease outlasts the work; any number of instances share the work.
 */
@Injectable()
export class OperationRecovery {
  private readonly logger = new Logger(OperationRecovery.name);

  constructor(
    private readonly config: AppConfig,
    private readonly operations: Operations,
    private readonly handlers: OperationHandlers,
  ) {}

  /** Every open operation now, whatever its age, but for those that a running request holds. For the operator. */
  recoverAll(): Promise<RecoveryReport> {
    return this.drain(OPERATION_KINDS, 0, NEVER);
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
    kinds: readonly OperationKind[],
    olderThanSeconds: number,
    stopping: () => boolean,
  ): Promise<RecoveryReport> {
    const report = { closed: 0, failed: 0 };
    while (!stopping()) {
      const [operation] = await this.operations.claimAbandoned(kinds, olderThanSeconds, 1);
      if (operation === undefined) break;
      if (await this.finish(operation)) report.closed += 1;
      else report.failed += 1;
    }
    return report;
  }

  private async finish(operation: StripeOperation): Promise<boolean> {
    const facts = { operation_key: operation.key, kind: operation.kind, attempts: operation.attempts };
    try {
      await this.handlers.finish(operation);
      this.logger.log(facts, 'Open operation finished');
      return true;
    } catch (error) {
      this.logger.error({ ...facts, error: errorText(error) }, 'An open operation could not be finished');
      await this.operations.postpone(operation, this.pauseAfter(operation));
      return false;
    }
  }

  /** Never longer than an abandoned operation waits anyway: it may keep its customer from buying. */
  private pauseAfter({ attempts }: StripeOperation): number {
    return Math.min(retryAfterSeconds(attempts), this.config.env.INTENT_RECOVERY_AFTER_SECONDS);
  }
}
