import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { runInsideTransaction } from '../common/transaction-context.js';

/** serialization_failure and deadlock_detected: PostgreSQL asks to run the transaction again. */
const RETRYABLE = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 5;

/** SQLSTATE of a failed query, if the error is one. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code } = error.driverError as Error & { code?: string };
  return code;
}

/** Name of the constraint or unique index that a failed query violated. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { constraint } = error.driverError as Error & { constraint?: string };
  return constraint;
}

/** Runs short units of database work. */
@Injectable()
export class Transactions {
  constructor(private readonly dataSource: DataSource) {}

  /** Runs one statement, or several reads that need not agree with each other, without a transaction. */
  withoutTransaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return work(this.dataSource.manager);
  }

  /**
   * Runs `work` in one transaction and commits it; runs it again when PostgreSQL reports a deadlock or a serialization
   * failure, so `work` must have no effect outside the database.
   */
  async run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.dataSource.transaction((manager) => runInsideTransaction(() => work(manager)));
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !RETRYABLE.has(sqlState(error) ?? '')) throw error;
      }
    }
  }
}
