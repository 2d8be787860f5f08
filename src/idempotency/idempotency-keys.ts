import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, LessThan, LessThanOrEqual, type Repository } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { Clock } from '../common/clock.js';
import { IdempotencyKey } from './idempotency-key.entity.js';

/** A request without a response within this time may be retried under its key. */
const LEASE_SECONDS = 60;
const KEPT_FOR_SECONDS = 24 * 3600;
const PRUNE_EVERY_SECONDS = 3600;

/** The right to run the request of a key. `until` also tells this lease from a later one. */
export interface Lease {
  userId: number;
  key: string;
  until: Date;
}

/** What a request may do under its key. */
export type Claim =
  /** Run. `operationKey`: what an earlier try began, which died or got no answer from Stripe. */
  { lease: Lease; operationKey: string | null } | { answered: IdempotencyKey };

/** The keys of the last 24 hours. No method holds a connection while a request runs. */
@Injectable()
export class IdempotencyKeys implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(IdempotencyKeys.name);
  private readonly keys: Repository<IdempotencyKey>;
  private pruning: NodeJS.Timeout | null = null;

  constructor(
    dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    this.keys = dataSource.getRepository(IdempotencyKey);
  }

  onApplicationBootstrap(): void {
    this.pruning = setInterval(() => {
      this.prune().catch((error: unknown) => this.logger.warn(`Old keys could not be removed: ${String(error)}`));
    }, PRUNE_EVERY_SECONDS * 1000).unref();
  }

  onApplicationShutdown(): void {
    if (this.pruning !== null) clearInterval(this.pruning);
  }

  /**
   * Takes the key for a request, or finds its response. Of several requests at once, one gets the lease.
   * @throws BillingError idempotency_key_in_use, idempotency_key_reused
   */
  async claim(userId: number, key: string, requestHash: string): Promise<Claim> {
    for (;;) {
      const lease = { userId, key, until: this.clock.secondsFromNow(LEASE_SECONDS) };
      if (await this.insert(lease, requestHash)) return { lease, operationKey: null };
      const row = await this.keys.findOneBy({ userId, key });
      if (row === null || (await this.removeOutdated(row))) continue;
      if (row.requestHash !== requestHash) throw new BillingError('idempotency_key_reused');
      if (row.responseStatus !== null) return { answered: row };
      const now = this.clock.now();
      if (row.leasedUntil !== null && row.leasedUntil > now) throw inUse(row.leasedUntil, now);
      if (await this.takeOver(row, lease)) return { lease, operationKey: row.operationKey };
    }
  }

  /** Remembers the operation that the request begins, in the transaction that writes the operation. */
  async rememberOperation(manager: EntityManager, lease: Lease, operationKey: string): Promise<void> {
    await manager.update(IdempotencyKey, ofLease(lease), { operationKey });
  }

  /** Keeps the response to the request. */
  async keep(lease: Lease, responseStatus: number, responseBody: unknown): Promise<void> {
    const answer = { responseStatus, responseBody: responseBody as object, leasedUntil: null };
    await this.keys.update(ofLease(lease), answer);
  }

  /** Forgets the key, so that another request may use it. */
  async free(lease: Lease): Promise<void> {
    await this.keys.delete(ofLease(lease));
  }

  /** Ends the lease of a request whose outcome is not known: the key stays bound to it, and to its operation if it has one. */
  async release(lease: Lease): Promise<void> {
    await this.keys.delete({ ...ofLease(lease), operationKey: IsNull() });
    await this.keys.update(ofLease(lease), { leasedUntil: null });
  }

  /** Removes what is older than 24 hours. */
  async prune(): Promise<void> {
    await this.keys.delete({ createdAt: LessThan(this.outdatedBefore()), leasedUntil: IsNull() });
    await this.keys.delete({ createdAt: LessThan(this.outdatedBefore()), leasedUntil: LessThan(this.clock.now()) });
  }

  private async insert({ userId, key, until }: Lease, requestHash: string): Promise<boolean> {
    const inserted = await this.keys
      .createQueryBuilder()
      .insert()
      .values({ userId, key, requestHash, leasedUntil: until })
      .orIgnore()
      .returning('key')
      .execute();
    return (inserted.raw as unknown[]).length === 1;
  }

  private async removeOutdated({ userId, key, createdAt, leasedUntil }: IdempotencyKey): Promise<boolean> {
    const running = leasedUntil !== null && leasedUntil > this.clock.now();
    if (running || createdAt >= this.outdatedBefore()) return false;
    await this.keys.delete({ userId, key, createdAt: LessThan(this.outdatedBefore()) });
    return true;
  }

  private async takeOver(row: IdempotencyKey, lease: Lease): Promise<boolean> {
    const free = row.leasedUntil === null ? IsNull() : LessThanOrEqual(this.clock.now());
    const unanswered = { userId: row.userId, key: row.key, leasedUntil: free, responseStatus: IsNull() };
    return (await this.keys.update(unanswered, { leasedUntil: lease.until })).affected === 1;
  }

  private outdatedBefore(): Date {
    return this.clock.secondsFromNow(-KEPT_FOR_SECONDS);
  }
}

/** The row as long as it still belongs to the lease. */
function ofLease({ userId, key, until }: Lease) {
  return { userId, key, leasedUntil: until };
}

function inUse(until: Date, now: Date): BillingError {
  const retryAfterSeconds = (until.getTime() - now.getTime()) / 1000;
  return new BillingError('idempotency_key_in_use', undefined, { retryAfterSeconds });
}
