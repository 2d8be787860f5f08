import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager, type Repository } from 'typeorm';
import { type Actor, ownedBy, type PayerKey } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { Heartbeat } from '../database/heartbeat.js';
import { IdempotencyKey } from './idempotency-key.entity.js';

/** A request without a response within this time may be retried under its key. */
const LEASE_SECONDS = 60;
const KEPT_FOR_SECONDS = 24 * 3600;
const PRUNE_EVERY_SECONDS = 3600;

/** The right to run the request of a key. `until`, as PostgreSQL wrote it, also tells this lease from a later one. */
export interface Lease {
  id: string;
  until: string;
}

/** A key that was used before, by PostgreSQL's clock. */
interface KnownKey {
  row: IdempotencyKey;
  /** Seconds until its lease ends; 0 or less: it is free. */
  leaseSeconds: number;
  isOutdated: boolean;
}

const OUTDATED = `created_at < now() - interval '${KEPT_FOR_SECONDS} seconds'`;
/** A process that is gone has no lease: Heartbeat. */
const FREE = '(leased_until IS NULL OR leased_until <= now())';
const LEASE_END = `now() + interval '${LEASE_SECONDS} seconds'`;
const UNLEASED = { leasedUntil: null, leasedBy: null };

/** Whose a key is: the payer's whom a request acts for, else of whoever sends it. */
export type KeyOwner = PayerKey | Actor;

/** What a request may do under its key. */
export type Claim =
  /** Run. `operationKey`: what an earlier try began, which died or got no answer from Stripe. */
  { lease: Lease; operationKey: string | null } | { answered: IdempotencyKey };

/**
 * The keys of the last 24 hours. All times are PostgreSQL's, so that instances whose clocks differ agree. No method holds a
 * connection while a request runs.
 */
@Injectable()
export class IdempotencyKeys implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(IdempotencyKeys.name);
  private readonly keys: Repository<IdempotencyKey>;
  private pruning: NodeJS.Timeout | null = null;

  constructor(
    dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
  ) {
    this.keys = dataSource.getRepository(IdempotencyKey);
  }

  onApplicationBootstrap(): void {
    this.pruning = setInterval(() => {
      this.prune().catch((error: unknown) => this.logger.warn('Old keys could not be removed', error));
    }, PRUNE_EVERY_SECONDS * 1000).unref();
  }

  onApplicationShutdown(): void {
    if (this.pruning !== null) clearInterval(this.pruning);
  }

  /**
   * Takes the key for a request, or finds its response. Of several requests at once, one gets the lease.
   * @throws BillingError idempotency_key_in_use, idempotency_key_reused
   */
  async claim(owner: KeyOwner, key: string, requestHash: string): Promise<Claim> {
    for (;;) {
      const inserted = await this.insert(owner, key, requestHash);
      if (inserted !== null) return { lease: inserted, operationKey: null };
      const known = await this.find(owner, key);
      if (known === null || (await this.removeOutdated(known))) continue;
      const { row, leaseSeconds } = known;
      if (row.requestHash !== requestHash) throw new BillingError('idempotency_key_reused');
      if (row.responseStatus !== null) return { answered: row };
      if (leaseSeconds > 0) throw inUse(leaseSeconds);
      const lease = await this.takeOver(row.id);
      if (lease !== null) return { lease, operationKey: row.operationKey };
    }
  }

  /** Remembers the operation that the request begins, in the transaction that writes the operation. */
  async rememberOperation(manager: EntityManager, lease: Lease, operationKey: string): Promise<void> {
    await manager.createQueryBuilder().update(IdempotencyKey).set({ operationKey }).where(OF_LEASE, lease).execute();
  }

  /** Keeps the response to the request. */
  async keep(lease: Lease, responseStatus: number, responseBody: unknown): Promise<void> {
    const answer = { responseStatus, responseBody: responseBody as object, ...UNLEASED };
    await this.keys.createQueryBuilder().update().set(answer).where(OF_LEASE, lease).execute();
  }

  /** Forgets the key, so that another request may use it. */
  async free(lease: Lease): Promise<void> {
    await this.keys.createQueryBuilder().delete().where(OF_LEASE, lease).execute();
  }

  /** Ends the lease of a request whose outcome is not known: the key stays bound to it, and to its operation if it has one. */
  async release(lease: Lease): Promise<void> {
    const unbound = `${OF_LEASE} AND intent_key IS NULL`;
    await this.keys.createQueryBuilder().delete().where(unbound, lease).execute();
    await this.keys.createQueryBuilder().update().set(UNLEASED).where(OF_LEASE, lease).execute();
  }

  /** Removes what is older than 24 hours. */
  async prune(): Promise<void> {
    await this.keys.createQueryBuilder().delete().where(`${OUTDATED} AND ${FREE}`).execute();
  }

  private async insert(owner: KeyOwner, key: string, requestHash: string): Promise<Lease | null> {
    const insert = this.keys.createQueryBuilder().insert();
    const inserted = await insert
      .values({ ...columnsOf(owner), key, requestHash, ...this.newLease() })
      .orIgnore()
      .returning(UNTIL)
      .execute();
    return leaseOf(inserted.raw);
  }

  private async find(owner: KeyOwner, key: string): Promise<KnownKey | null> {
    const { entities, raw } = await this.keys
      .createQueryBuilder('key')
      .where({ ...columnsOf(owner), key })
      .addSelect('coalesce(extract(epoch FROM leased_until - now()), 0)::float8', 'lease_seconds')
      .addSelect(OUTDATED, 'is_outdated')
      .getRawAndEntities<{ lease_seconds: number; is_outdated: boolean }>();
    const [[row], [age]] = [entities, raw];
    if (row === undefined || age === undefined) return null;
    return { row, leaseSeconds: age.lease_seconds, isOutdated: age.is_outdated };
  }

  private async removeOutdated({ row: { id }, leaseSeconds, isOutdated }: KnownKey): Promise<boolean> {
    if (leaseSeconds > 0 || !isOutdated) return false;
    const outdated = `id = :id AND ${OUTDATED}`;
    await this.keys.createQueryBuilder().delete().where(outdated, { id }).execute();
    return true;
  }

  private async takeOver(id: string): Promise<Lease | null> {
    const unanswered = `id = :id AND response_status IS NULL AND ${FREE}`;
    const update = this.keys.createQueryBuilder().update().set(this.newLease());
    const taken = await update.where(unanswered, { id }).returning(UNTIL).execute();
    return leaseOf(taken.raw);
  }

  private newLease() {
    return { leasedUntil: () => LEASE_END, leasedBy: () => this.heartbeat.owner };
  }
}

const UNTIL = 'id, leased_until::text AS until';
/** The row as long as it still belongs to the lease. */
const OF_LEASE = 'id = :id AND leased_until = :until::timestamptz';

function columnsOf({ kind, id }: KeyOwner): { userId: number } | { organizationId: number } | { serviceKeyId: number } {
  return kind === 'service_key' ? { serviceKeyId: id } : ownedBy({ kind, id });
}

function leaseOf(rows: unknown): Lease | null {
  const [row] = rows as Lease[];
  return row === undefined ? null : { id: row.id, until: row.until };
}

function inUse(retryAfterSeconds: number): BillingError {
  return new BillingError('idempotency_key_in_use', undefined, { retryAfterSeconds });
}
