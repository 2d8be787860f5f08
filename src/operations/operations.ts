import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type EntityManager, type FindOptionsWhere, In, IsNull, LessThan, Not } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { Clock } from '../common/clock.js';
import { currentRequestContext } from '../common/request-context.js';
import { AppConfig } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import {
  type IntentOperation,
  type IntentState,
  PURCHASE_OPERATIONS,
  StripeIntent,
} from './stripe-operation.entity.js';

/** Longest that the calls of one intent may take together, in seconds: each of them stays within 30. */
const LEASE_SECONDS = 120;
/** Stripe keeps idempotency keys for at least 24 hours; an older open intent is looked up instead of repeated. */
const KEYS_ARE_SAFE_FOR_SECONDS = 20 * 3600;
/** Seconds before an intent was written down in which Stripe's clock may have stamped what came of it. */
const CLOCK_SKEW_SECONDS = 60;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is to be done at Stripe. */
export interface IntentRequest {
  customerId: number;
  operation: IntentOperation;
  /** What was asked: only the same request resumes the intent. JSON values only, no secrets. */
  request: Record<string, unknown>;
  /** Stripe id of the existing object it is about. */
  subjectStripeId?: string;
}

/** What intents exclude each other by. */
export type IntentScope = Pick<IntentRequest, 'customerId' | 'operation' | 'subjectStripeId'>;

/** How an intent ended. */
export type IntentEnd =
  { state: 'done'; resultStripeId: string | null } | { state: 'failed' | 'expired'; reason: string };

/**
 * Write-ahead records of Stripe calls: committed before the call, closed with its result, so that a crash in between is
 * found and repaired. See docs/decisions and the recovery in reconciliation/.
 */
@Injectable()
export class Intents {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  /**
   * Writes down what must not run twice at once, or takes up the open intent of the same request whose process died:
   * one purchase a customer, one change of each kind an object. One that is too old to be repeated is left to the
   * recovery. The caller must hold the lock on the customer's row in this transaction.
   * @param refuse throws when the state of the customer forbids it; not asked for a request that is taken up again
   * @throws BillingError purchase_in_progress while another one is open
   */
  async beginExclusive(
    manager: EntityManager,
    wanted: IntentRequest,
    refuse: () => Promise<void>,
  ): Promise<StripeIntent> {
    // Locked, so that the recovery and a repeated request cannot both take it up.
    const open = await manager.findOne(StripeIntent, {
      where: { ...scopeOf(wanted), state: 'open' },
      lock: { mode: 'pessimistic_write' },
    });
    if (open === null) {
      await refuse();
      return this.insert(manager, wanted);
    }
    const now = this.clock.now();
    if (open.leasedUntil !== null && open.leasedUntil > now) throw this.inProgress(open.leasedUntil);
    const same = open.operation === wanted.operation && open.requestHash === hashOf(wanted);
    if (!same || !this.isRepeatable(open)) throw this.inProgress(this.recoveryAt(open));
    return this.lease(manager, open);
  }

  /**
   * Takes the open intent that excludes others of its kind, where its process is gone.
   * @param isWanted whether it is the one that is meant
   */
  async takeAbandoned(scope: IntentScope, isWanted: (intent: StripeIntent) => boolean): Promise<StripeIntent | null> {
    return this.transactions.run(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const open = await manager.findOne(StripeIntent, { where: { ...scopeOf(scope), state: 'open' }, lock });
      if (open === null || !isWanted(open)) return null;
      const isHeld = open.leasedUntil !== null && open.leasedUntil > this.clock.now();
      return isHeld ? null : this.lease(manager, open);
    });
  }

  /** True while Stripe surely knows the idempotency keys of an intent: afterwards the same call would do it all again. */
  isRepeatable({ createdAt }: StripeIntent): boolean {
    return createdAt > this.clock.secondsFromNow(-KEYS_ARE_SAFE_FOR_SECONDS);
  }

  /** Writes down anything that is not a purchase. */
  async begin(manager: EntityManager, wanted: IntentRequest): Promise<StripeIntent> {
    return this.insert(manager, wanted);
  }

  /**
   * Writes down work for the runner in reconciliation/.
   * @param how `once`: never again for the object that it is about; `again`: unless it is waiting to be done
   */
  async enqueue(
    manager: EntityManager,
    wanted: IntentRequest & { subjectStripeId: string },
    how: 'once' | 'again' = 'once',
  ): Promise<void> {
    const { operation, subjectStripeId } = wanted;
    const state = how === 'once' ? Not<IntentState>('expired') : ('open' as const);
    if (await manager.existsBy(StripeIntent, { operation, subjectStripeId, state })) return;
    await manager.insert(StripeIntent, { ...this.values(wanted), leasedUntil: null });
  }

  /**
   * Parameters of one call to Stripe, committed before it is sent. A resumed intent gets those stored first, so that it
   * repeats exactly what it may have sent already.
   * @throws BillingError conflict when the intent was given up meanwhile: what came of it now would be taken back
   */
  async prepareStep<Params extends object>(intent: StripeIntent, step: string, params: Params): Promise<Params> {
    return this.transactions.run(async (manager) => {
      const current = await manager.findOneOrFail(StripeIntent, {
        where: { key: intent.key },
        lock: { mode: 'pessimistic_write' },
      });
      if (current.state === 'expired') throw new BillingError('conflict');
      const stored = current.steps[step];
      if (stored !== undefined) return stored as Params;
      current.steps = { ...current.steps, [step]: { ...params } as Record<string, unknown> };
      await manager.save(current);
      return params;
    });
  }

  /** Stripe idempotency key of one call of an intent. */
  static stepKey(intent: StripeIntent, step: string): string {
    return `${intent.key}:${step}`;
  }

  /** Earliest `created` that what an intent made can have: seconds, Stripe's clock, give or take its skew. */
  static earliestResult(intent: StripeIntent): number {
    return Math.floor(intent.createdAt.getTime() / 1000) - CLOCK_SKEW_SECONDS;
  }

  /** Closes the intent of a key, read from Stripe, as done; one that a running request holds is left to it. */
  async closeAbandoned(
    manager: EntityManager,
    operation: IntentOperation,
    key: string,
    resultStripeId: string,
  ): Promise<void> {
    if (!UUID.test(key)) return;
    const abandoned = [{ leasedUntil: IsNull() }, { leasedUntil: LessThan(this.clock.now()) }];
    for (const lease of abandoned) {
      const open = { key, operation, state: 'open' as const, ...lease };
      await manager.update(StripeIntent, open, { state: 'done', leasedUntil: null, resultStripeId });
    }
  }

  /** Closes the intent in the transaction that writes what came of it. */
  async close(manager: EntityManager, intent: StripeIntent, end: IntentEnd): Promise<void> {
    const result = end.state === 'done' ? { resultStripeId: end.resultStripeId } : { reason: end.reason };
    await manager.update(
      StripeIntent,
      { key: intent.key, state: 'open' },
      { state: end.state, leasedUntil: null, ...result },
    );
  }

  /** Closes an intent whose result has no row here. */
  async complete(intent: StripeIntent, resultStripeId: string): Promise<void> {
    await this.transactions.run((manager) => this.close(manager, intent, { state: 'done', resultStripeId }));
  }

  /** The intent of a key as Stripe shows it; null when it is none of ours. */
  async find(key: string | undefined): Promise<StripeIntent | null> {
    if (key === undefined || !UUID.test(key)) return null;
    return this.transactions.run((manager) => manager.findOneBy(StripeIntent, { key }));
  }

  /** True while a request that may change a customer's subscription is open. */
  isChanging(manager: EntityManager, customerId: number): Promise<boolean> {
    const requests = In<IntentOperation>(['subscription.create', 'subscription.change_plan']);
    return manager.existsBy(StripeIntent, { customerId, operation: requests, state: 'open' });
  }

  /** Stripe ids of what earlier intents of the same customer made that asked for the same. */
  async resultsOfSameRequest({ customerId, operation, requestHash }: StripeIntent): Promise<ReadonlySet<string>> {
    const earlier = await this.transactions.run((manager) =>
      manager.findBy(StripeIntent, { customerId, operation, requestHash, state: 'done' }),
    );
    return new Set(earlier.flatMap(({ resultStripeId }) => resultStripeId ?? []));
  }

  /** Closes the intent after Stripe said no, in a transaction of its own. */
  async fail(intent: StripeIntent, reason: string): Promise<void> {
    await this.transactions.run((manager) => this.close(manager, intent, { state: 'failed', reason }));
  }

  /** Closes an intent of which Stripe knows nothing. It is never repeated. */
  async expire(intent: StripeIntent, reason: string): Promise<void> {
    await this.transactions.run((manager) => this.close(manager, intent, { state: 'expired', reason }));
  }

  /**
   * Closes an intent of which Stripe knew nothing, unless something of it came in here since Stripe was asked: that is
   * found at the next try. Whoever mirrors a result later sees the intent closed, since both lock its row.
   * @param cameIn whether a result of the intent is mirrored
   * @throws Error when one is
   */
  async expireUnless(
    intent: StripeIntent,
    reason: string,
    cameIn: (manager: EntityManager, intent: StripeIntent) => Promise<boolean>,
  ): Promise<void> {
    await this.transactions.run(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      await manager.findOneOrFail(StripeIntent, { where: { key: intent.key }, lock });
      if (await cameIn(manager, intent)) throw new Error('The result of an intent came in while it was looked for');
      await this.close(manager, intent, { state: 'expired', reason });
    });
  }

  /** True for an intent that was given up. Its row stays as it is until the transaction ends. */
  async isExpired(manager: EntityManager, key: string): Promise<boolean> {
    if (!UUID.test(key)) return false;
    const lock = { mode: 'pessimistic_read' } as const;
    return (await manager.findOne(StripeIntent, { where: { key }, lock }))?.state === 'expired';
  }

  /** Gives the lease back when Stripe gave no answer: the intent stays open, and the same request may resume it at once. */
  async release(intent: StripeIntent): Promise<void> {
    await this.transactions.run((manager) =>
      manager.update(StripeIntent, { key: intent.key, state: 'open' }, { leasedUntil: null }),
    );
  }

  /** Lets nobody take up an intent for a while, after a try that failed. */
  async postpone(intent: StripeIntent, seconds: number): Promise<void> {
    const leasedUntil = this.clock.secondsFromNow(seconds);
    await this.transactions.run((manager) =>
      manager.update(StripeIntent, { key: intent.key, state: 'open' }, { leasedUntil }),
    );
  }

  /** Takes the oldest open intents whose process is gone, for the recovery. */
  async claimAbandoned(
    operations: readonly IntentOperation[],
    olderThanSeconds: number,
    limit: number,
  ): Promise<StripeIntent[]> {
    return this.transactions.run(async (manager) => {
      const now = this.clock.now();
      const found = await manager
        .createQueryBuilder(StripeIntent, 'intent')
        .where(`intent.state = 'open'`)
        .andWhere('intent.operation IN (:...operations)', { operations })
        .andWhere('(intent.leasedUntil IS NULL OR intent.leasedUntil < :now)', { now })
        .andWhere('intent.updatedAt <= :before', { before: this.clock.secondsFromNow(-olderThanSeconds) })
        .orderBy('intent.createdAt')
        .limit(limit)
        .setLock('pessimistic_write')
        .setOnLocked('skip_locked')
        .getMany();
      for (const intent of found) await this.lease(manager, intent);
      return found;
    });
  }

  private async lease(manager: EntityManager, intent: StripeIntent): Promise<StripeIntent> {
    const leased = { leasedUntil: this.clock.secondsFromNow(LEASE_SECONDS), attempts: intent.attempts + 1 };
    await manager.update(StripeIntent, { key: intent.key }, leased);
    await currentRequestContext()?.onIntent?.(intent.key, manager);
    return Object.assign(intent, leased);
  }

  private async insert(manager: EntityManager, wanted: IntentRequest): Promise<StripeIntent> {
    const values = { ...this.values(wanted), leasedUntil: this.clock.secondsFromNow(LEASE_SECONDS), attempts: 1 };
    await manager.insert(StripeIntent, values);
    await currentRequestContext()?.onIntent?.(values.key, manager);
    return manager.findOneByOrFail(StripeIntent, { key: values.key });
  }

  private values(wanted: IntentRequest) {
    return {
      key: randomUUID(),
      customerId: wanted.customerId,
      operation: wanted.operation,
      subjectStripeId: wanted.subjectStripeId ?? null,
      requestHash: hashOf(wanted),
      request: wanted.request as Record<string, string>,
      steps: {},
    };
  }

  private recoveryAt(intent: StripeIntent): Date {
    return new Date(intent.updatedAt.getTime() + this.config.env.INTENT_RECOVERY_AFTER_SECONDS * 1000);
  }

  private inProgress(until: Date): BillingError {
    const seconds = Math.ceil((until.getTime() - this.clock.now().getTime()) / 1000);
    return new BillingError('purchase_in_progress', undefined, { retryAfterSeconds: Math.max(1, seconds) });
  }
}

function hashOf(wanted: IntentRequest): string {
  const sorted = Object.fromEntries(Object.entries(wanted.request).sort(([left], [right]) => (left < right ? -1 : 1)));
  return createHash('sha256')
    .update(JSON.stringify([wanted.operation, sorted]))
    .digest('hex');
}

/** The intents that exclude each other. */
function scopeOf({ customerId, operation, subjectStripeId }: IntentScope): FindOptionsWhere<StripeIntent> {
  const purchase = PURCHASE_OPERATIONS.some((name) => name === operation);
  if (purchase) return { customerId, operation: In([...PURCHASE_OPERATIONS]) };
  return { customerId, operation, ...(subjectStripeId === undefined ? {} : { subjectStripeId }) };
}
