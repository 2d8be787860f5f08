import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type EntityManager, In, Not } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { errorText } from '../common/error-text.js';
import { currentRequestContext } from '../common/request-context.js';
import { AppConfig } from '../config/app-config.js';
import { Heartbeat } from '../database/heartbeat.js';
import { insertRow } from '../database/returned-rows.js';
import { Transactions } from '../database/transactions.js';
import { isDefinite, reasonOf } from './refusal.js';
import { hashOf, type OperationRequest, type OperationScope, scopeOf } from './operation-request.js';
import { type OperationKind, type OperationState, StripeOperation } from './stripe-operation.entity.js';

/** Longest that the calls of one operation may take together, in seconds: each of them stays within 30. */
const LEASE_SECONDS = 120;
/** Stripe keeps idempotency keys for at least 24 hours; an older open operation is looked up instead of repeated. */
const KEYS_ARE_SAFE_FOR_SECONDS = 20 * 3600;
/** Seconds before an operation was written down in which Stripe's clock may have stamped what came of it. */
const CLOCK_SKEW_SECONDS = 60;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** TypeORM's type of the column `steps`. */
type StoredSteps = Record<string, Record<string, string>>;

/** How an operation ended. */
export type OperationEnd =
  { state: 'done'; resultStripeId: string | null; reason?: string } | { state: 'failed' | 'expired'; reason: string };

/**
 * Write-ahead records of Stripe calls: committed before the call, closed with its result, so that a crash in between is
 * found and repaired. See docs/decisions and the recovery in reconciliation/.
 */
@Injectable()
export class Operations {
  private readonly logger = new Logger(Operations.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly heartbeat: Heartbeat,
    private readonly config: AppConfig,
  ) {}

  /**
   * Writes down what must not run twice at once, or resumes the open operation of the same request whose process died:
   * one purchase a customer, one change of each kind an object. One that is too old to be repeated is left to the
   * recovery. The caller must hold the lock on the customer's row in this transaction.
   * @param refuse throws when the state of the customer forbids it; not asked for an operation that is resumed
   * @throws BillingError purchase_in_progress while another one is open
   */
  async beginExclusive(
    manager: EntityManager,
    wanted: OperationRequest,
    refuse: () => Promise<void>,
  ): Promise<StripeOperation> {
    // Locked, so that the recovery and a repeated request cannot both resume it.
    const open = await manager.findOne(StripeOperation, {
      where: { ...scopeOf(wanted), state: 'open' },
      lock: { mode: 'pessimistic_write' },
    });
    if (open === null) {
      await refuse();
      return this.insert(manager, wanted);
    }
    const age = await this.ageOf(manager, open);
    if (age.leaseSeconds > 0) throw inProgress(age.leaseSeconds);
    const same = open.kind === wanted.kind && open.requestHash === hashOf(wanted);
    if (!same || !age.repeatable) throw inProgress(age.recoverySeconds);
    return this.lease(manager, open);
  }

  /**
   * Resumes the open operation that excludes others of its kind, where its process is gone; null when there is none.
   * @param isWanted whether it is the one that is meant
   */
  async resume(
    scope: OperationScope,
    isWanted: (operation: StripeOperation) => boolean,
  ): Promise<StripeOperation | null> {
    return this.transactions.run(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const open = await manager.findOne(StripeOperation, { where: { ...scopeOf(scope), state: 'open' }, lock });
      if (open === null || !isWanted(open)) return null;
      const { leaseSeconds } = await this.ageOf(manager, open);
      return leaseSeconds > 0 ? null : this.lease(manager, open);
    });
  }

  /**
   * Carries an operation out. When Stripe says no, what the work had done is taken back and the operation has failed; without
   * an answer it stays open, for the same request or for the recovery. It stays open as well when the taking back fails: the
   * caller hears what came of the work all the same.
   * @param work closes the operation itself when it is done; what it hands to `undo` is done after a refusal, the last first
   * @throws what the work throws
   */
  async carryOut<Result>(
    operation: StripeOperation,
    work: (undo: (step: () => Promise<unknown>) => void) => Promise<Result>,
  ): Promise<Result> {
    const steps: (() => Promise<unknown>)[] = [];
    try {
      return await work((step) => steps.unshift(step));
    } catch (error) {
      const takeBack = async () => {
        if (!isDefinite(error)) return this.release(operation);
        for (const step of steps) await step();
        await this.fail(operation, reasonOf(error));
      };
      await this.orLeaveOpen(operation, takeBack);
      throw error;
    }
  }

  /** Does what is left of an operation whose answer is known. When it fails, the operation is left to the recovery. */
  async orLeaveOpen(operation: StripeOperation, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const facts = { operation_key: operation.key, kind: operation.kind, error: errorText(error) };
      this.logger.error(facts, 'An operation is left open for the recovery');
      await this.release(operation);
    }
  }

  /** True while Stripe surely knows the idempotency keys of an operation: afterwards the same call would do it all again. */
  async isRepeatable(manager: EntityManager, operation: StripeOperation): Promise<boolean> {
    return (await this.ageOf(manager, operation)).repeatable;
  }

  /** Writes down anything that is not a purchase. */
  async begin(manager: EntityManager, wanted: OperationRequest): Promise<StripeOperation> {
    return this.insert(manager, wanted);
  }

  /**
   * Writes down work for the runner in reconciliation/.
   * @param how `once`: never again for the object that it is about; `again`: unless it is waiting to be done
   */
  async enqueue(
    manager: EntityManager,
    wanted: OperationRequest & { subjectStripeId: string },
    how: 'once' | 'again' = 'once',
  ): Promise<void> {
    const { kind, subjectStripeId } = wanted;
    const state = how === 'once' ? Not<OperationState>('expired') : ('open' as const);
    if (await manager.existsBy(StripeOperation, { kind, subjectStripeId, state })) return;
    await manager.insert(StripeOperation, this.values(wanted));
  }

  /**
   * Parameters of one call to Stripe, committed before it is sent. A resumed operation gets those stored first, so that it
   * repeats exactly what it may have sent already.
   * @throws BillingError conflict when the operation expired meanwhile: what it made now would be taken back
   */
  async prepareStep<Params extends object>(operation: StripeOperation, step: string, params: Params): Promise<Params> {
    const steps = { ...operation.steps, [step]: { ...params } as Record<string, unknown> };
    if (operation.steps[step] === undefined && (await this.replaceSteps(operation, steps))) return params;
    return this.transactions.run(async (manager) => {
      const current = await manager.findOneOrFail(StripeOperation, {
        where: { key: operation.key },
        lock: { mode: 'pessimistic_write' },
      });
      if (current.state === 'expired') throw new BillingError('conflict');
      operation.steps = current.steps;
      const stored = current.steps[step];
      if (stored !== undefined) return stored as Params;
      operation.steps = { ...current.steps, [step]: { ...params } as Record<string, unknown> };
      await manager.update(StripeOperation, { key: operation.key }, { steps: operation.steps as StoredSteps });
      return params;
    });
  }

  /** Stores the steps where they still are as this request knows them; false where they are not, or the operation expired. */
  private async replaceSteps(operation: StripeOperation, steps: StripeOperation['steps']): Promise<boolean> {
    const { affected } = await this.transactions.withoutTransaction((manager) =>
      manager
        .createQueryBuilder()
        .update(StripeOperation)
        .set({ steps: steps as StoredSteps })
        .where('key = :key AND state <> :expired AND steps::jsonb = :known::jsonb', {
          key: operation.key,
          expired: 'expired',
          known: JSON.stringify(operation.steps),
        })
        .execute(),
    );
    if (affected !== 1) return false;
    operation.steps = steps;
    return true;
  }

  /** Stripe idempotency key of one call of an operation. */
  static stepKey(operation: StripeOperation, step: string): string {
    return `${operation.key}:${step}`;
  }

  /** Earliest `created` that what an operation made can have: seconds, Stripe's clock, give or take its skew. */
  static earliestResult(operation: StripeOperation): number {
    return Math.floor(operation.createdAt.getTime() / 1000) - CLOCK_SKEW_SECONDS;
  }

  /** Closes the operation of a key, read from Stripe, as done; one that a running request holds is left to it. */
  async closeAbandoned(
    manager: EntityManager,
    kind: OperationKind,
    key: string,
    resultStripeId: string,
  ): Promise<void> {
    if (!UUID.test(key)) return;
    await manager
      .createQueryBuilder()
      .update(StripeOperation)
      .set({ state: 'done', ...UNLEASED, resultStripeId })
      .where(`key = :key AND kind = :kind AND state = 'open' AND ${FREE}`, { key, kind })
      .execute();
  }

  /** Closes the operation in the transaction that writes what came of it. */
  async close(manager: EntityManager, operation: StripeOperation, end: OperationEnd): Promise<void> {
    const { state, ...result } = end;
    await manager.update(StripeOperation, { key: operation.key, state: 'open' }, { state, ...UNLEASED, ...result });
  }

  /** Closes an operation whose result has no row here. `onCommit` runs in the same transaction. */
  async complete(
    operation: StripeOperation,
    resultStripeId: string,
    onCommit?: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    await this.transactions.run(async (manager) => {
      await this.close(manager, operation, { state: 'done', resultStripeId });
      await onCommit?.(manager);
    });
  }

  /** The operation of a key as Stripe shows it; null when no operation has it. */
  async find(key: string | undefined): Promise<StripeOperation | null> {
    if (key === undefined || !UUID.test(key)) return null;
    return this.transactions.withoutTransaction((manager) => manager.findOneBy(StripeOperation, { key }));
  }

  /** True while a request that may change a customer's subscription is open. */
  isChanging(manager: EntityManager, customerId: number): Promise<boolean> {
    const requests = In<OperationKind>(['subscription.create', 'subscription.change_plan']);
    return manager.existsBy(StripeOperation, { customerId, kind: requests, state: 'open' });
  }

  /** The newest operation of a kind about an object that was carried out. */
  findNewest(manager: EntityManager, kind: OperationKind, subjectStripeId: string): Promise<StripeOperation | null> {
    return manager.findOne(StripeOperation, {
      where: { kind, subjectStripeId, state: 'done' },
      order: { createdAt: 'DESC' },
    });
  }

  /** How many operations of a kind about an object were carried out in the last 24 hours, by PostgreSQL's time. */
  countOfToday(kind: OperationKind, subjectStripeId: string): Promise<number> {
    return this.transactions.withoutTransaction((manager) =>
      manager
        .createQueryBuilder(StripeOperation, 'operation')
        .where({ kind, subjectStripeId, state: 'done' })
        .andWhere("operation.created_at > now() - interval '24 hours'")
        .getCount(),
    );
  }

  /** Stripe ids of what earlier operations of the same customer made that asked for the same. */
  async resultsOfSameRequest({ customerId, kind, requestHash }: StripeOperation): Promise<ReadonlySet<string>> {
    const earlier = await this.transactions.withoutTransaction((manager) =>
      manager.findBy(StripeOperation, { customerId, kind, requestHash, state: 'done' }),
    );
    return new Set(earlier.flatMap(({ resultStripeId }) => resultStripeId ?? []));
  }

  /** Closes the operation after Stripe said no, in a transaction of its own. */
  async fail(operation: StripeOperation, reason: string): Promise<void> {
    await this.transactions.withoutTransaction((manager) =>
      this.close(manager, operation, { state: 'failed', reason }),
    );
  }

  /** Closes an operation of which Stripe knows nothing. It is never repeated. */
  async expire(operation: StripeOperation, reason: string): Promise<void> {
    await this.transactions.withoutTransaction((manager) =>
      this.close(manager, operation, { state: 'expired', reason }),
    );
  }

  /**
   * Closes an operation of which Stripe knew nothing, unless a result of it was mirrored since Stripe was asked: that is
   * found at the next try. Whoever mirrors a result later sees the operation closed, since both lock its row.
   * @param cameIn whether a result of the operation is mirrored
   * @throws Error when one is
   */
  async expireUnless(
    operation: StripeOperation,
    reason: string,
    cameIn: (manager: EntityManager, operation: StripeOperation) => Promise<boolean>,
  ): Promise<void> {
    await this.transactions.run(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      await manager.findOneOrFail(StripeOperation, { where: { key: operation.key }, lock });
      if (await cameIn(manager, operation))
        throw new Error('The result of an operation came in while it was looked for');
      await this.close(manager, operation, { state: 'expired', reason });
    });
  }

  /** True for an operation that expired. Its row stays as it is until the transaction ends. */
  async isExpired(manager: EntityManager, key: string): Promise<boolean> {
    return (await this.expiredAmong(manager, [key])).has(key);
  }

  /** Those of the keys whose operation was given up; none of the others can be until the transaction ends. */
  async expiredAmong(manager: EntityManager, keys: readonly string[]): Promise<ReadonlySet<string>> {
    const known = keys.filter((key) => UUID.test(key));
    if (known.length === 0) return new Set();
    const lock = { mode: 'pessimistic_read' } as const;
    const found = await manager.find(StripeOperation, { where: { key: In(known) }, order: { key: 'ASC' }, lock });
    return new Set(found.filter(({ state }) => state === 'expired').map(({ key }) => key));
  }

  /**
   * Gives the lease back when Stripe gave no answer: the operation stays open, and the same request may resume it at once.
   * Never throws: a lease that cannot be given back ends by itself.
   */
  async release(operation: StripeOperation): Promise<void> {
    try {
      await this.transactions.withoutTransaction((manager) =>
        manager.update(StripeOperation, { key: operation.key, state: 'open' }, UNLEASED),
      );
    } catch (error) {
      this.logger.warn({ operation_key: operation.key, error: errorText(error) }, 'A lease could not be given back');
    }
  }

  /** Lets no process resume an operation for a while, after a try that failed. */
  async postpone(operation: StripeOperation, seconds: number): Promise<void> {
    const leasedUntil = () => inSeconds(seconds);
    await this.transactions.withoutTransaction((manager) =>
      manager.update(StripeOperation, { key: operation.key, state: 'open' }, { leasedUntil, leasedBy: null }),
    );
  }

  /** Takes the oldest open operations whose process is gone, for the recovery. */
  async claimAbandoned(
    kinds: readonly OperationKind[],
    olderThanSeconds: number,
    limit: number,
  ): Promise<StripeOperation[]> {
    return this.transactions.run(async (manager) => {
      const found = await manager
        .createQueryBuilder(StripeOperation, 'operation')
        .where(`operation.state = 'open'`)
        .andWhere('operation.kind IN (:...kinds)', { kinds })
        .andWhere(FREE)
        .andWhere(`operation.updatedAt <= now() - :seconds * interval '1 second'`, { seconds: olderThanSeconds })
        .orderBy('operation.createdAt')
        .limit(limit)
        .setLock('pessimistic_write')
        .setOnLocked('skip_locked')
        .getMany();
      for (const operation of found) await this.lease(manager, operation);
      return found;
    });
  }

  private async lease(manager: EntityManager, operation: StripeOperation): Promise<StripeOperation> {
    const attempts = operation.attempts + 1;
    await manager.update(StripeOperation, { key: operation.key }, { ...this.newLease(), attempts });
    await currentRequestContext()?.onOperation?.(operation.key, manager);
    return Object.assign(operation, { attempts });
  }

  private async insert(manager: EntityManager, wanted: OperationRequest): Promise<StripeOperation> {
    const values = { ...this.values(wanted), ...this.newLease(), attempts: 1 };
    const operation = await insertRow(manager, StripeOperation, values);
    await currentRequestContext()?.onOperation?.(values.key, manager);
    return operation;
  }

  private values(wanted: OperationRequest) {
    return {
      key: randomUUID(),
      customerId: wanted.customerId,
      kind: wanted.kind,
      subjectStripeId: wanted.subjectStripeId ?? null,
      requestHash: hashOf(wanted),
      request: wanted.request as Record<string, string>,
      steps: {},
    };
  }

  private newLease() {
    return { leasedUntil: () => inSeconds(LEASE_SECONDS), leasedBy: () => this.heartbeat.owner };
  }

  /** How old an operation is by PostgreSQL's clock, which all processes share. */
  private async ageOf(manager: EntityManager, { key }: StripeOperation): Promise<OperationAge> {
    const [age] = await manager.query<OperationAge[]>(
      `SELECT created_at > now() - $2 * interval '1 second' AS repeatable,
         coalesce(extract(epoch FROM leased_until - now()), 0)::float8 AS "leaseSeconds",
         extract(epoch FROM updated_at - now())::float8 + $3 AS "recoverySeconds"
       FROM stripe_operations WHERE key = $1`,
      [key, KEYS_ARE_SAFE_FOR_SECONDS, this.config.env.INTENT_RECOVERY_AFTER_SECONDS],
    );
    if (age === undefined) throw new Error('An operation is gone');
    return age;
  }
}

interface OperationAge {
  /** True while Stripe surely knows its idempotency keys. */
  repeatable: boolean;
  /** Seconds until its lease ends; 0 or less: it is free. */
  leaseSeconds: number;
  /** Seconds until the recovery looks at it. */
  recoverySeconds: number;
}

/** SQL: nobody has a lease. A process that is gone has none: Heartbeat. */
const FREE = '(leased_until IS NULL OR leased_until < now())';
const UNLEASED = { leasedUntil: null, leasedBy: null };

function inSeconds(seconds: number): string {
  return `now() + interval '${seconds} seconds'`;
}

function inProgress(seconds: number): BillingError {
  return new BillingError('purchase_in_progress', undefined, { retryAfterSeconds: Math.max(1, Math.ceil(seconds)) });
}
