import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { ClockCheck, surelyAhead } from '../common/clock-check.js';
import { Clock } from '../common/clock.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { AppConfig } from '../config/app-config.js';
import { ownConnection } from './own-connection.js';

const BEAT_SECONDS = 0.5;
/** A process without a sign of life for so long is gone. A stall of it that lasts longer costs it its leases, no more. */
const GONE_AFTER_SECONDS = 3.5;
/** Since no moment: a process that could not reach PostgreSQL says nothing about others, who could not either. */
const NEVER = Number.POSITIVE_INFINITY;

/** The tables with leases, and what else their end changes. The index of the events that are due finds those at work. */
const LEASED = {
  stripe_operations: { set: '', where: '' },
  idempotency_keys: { set: '', where: '' },
  repair_progress: { set: '', where: '' },
  payer_leases: { set: '', where: '' },
  outgoing_deliveries: { set: ', next_attempt_at = now()', where: 'AND failed_at IS NULL' },
  webhook_events: { set: ', next_attempt_at = now()', where: `AND state = 'processing'` },
};

/**
 * Says every half second that this process lives, and frees the leases of those that do not. It has a connection of its
 * own, so that a pool that is exhausted does not make a process look dead; nothing of it lasts longer than a transaction,
 * so that it may be a pooler's.
 */
@Injectable()
export class Heartbeat implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Heartbeat.name);
  private readonly id = randomUUID();
  private readonly beating: PeriodicTask;
  private client: pg.Client | null = null;
  /** Since when no beat was missed, on the monotonic clock. */
  private steadySince = -NEVER;

  /**
   * SQL: the owner of a lease that this process takes. Null while the process counts as gone, so that its lease is held
   * for its time.
   */
  readonly owner = `(SELECT id FROM service_processes WHERE id = '${this.id}')`;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly clockCheck: ClockCheck,
  ) {
    this.beating = new PeriodicTask(
      BEAT_SECONDS,
      () => this.beat(),
      (error) => this.missed(error),
    );
  }

  /** The first beat comes before any work. */
  async onModuleInit(): Promise<void> {
    await this.beating.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.beating.stop();
    try {
      if (this.client !== null) await this.bury(this.client, 'id = $1', [this.id]);
    } catch (error) {
      this.logger.warn('The leases of this process run out by themselves', error);
    } finally {
      await this.client?.end().catch(() => undefined);
    }
  }

  private async beat(): Promise<void> {
    const client = (this.client ??= await this.connect());
    const before = this.clock.now().getTime();
    const { rows } = await client.query<{ now: Date; gone: number }>(
      `WITH beat AS (
         INSERT INTO service_processes (id, seen_at) VALUES ($1, clock_timestamp())
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at)
       SELECT clock_timestamp() AS now,
         (SELECT count(*)::int FROM service_processes WHERE ${GONE}) AS gone`,
      [this.id],
    );
    const [seen] = rows;
    if (seen === undefined) return;
    const ahead = surelyAhead(before, this.clock.now().getTime(), seen.now.getTime());
    this.clockCheck.note('PostgreSQL', ahead / 1000);
    this.steadySince = Math.min(this.steadySince, this.clock.monotonicSeconds());
    const isSteady = this.clock.monotonicSeconds() - this.steadySince >= GONE_AFTER_SECONDS;
    if (seen.gone > 0 && isSteady) await this.bury(client, GONE, []);
  }

  /** Frees the leases of processes that are gone, or of this one. */
  private async bury(client: pg.Client, which: string, values: unknown[]): Promise<void> {
    await client.query('BEGIN');
    try {
      await client.query(`SET LOCAL lock_timeout = '1s'`);
      const { rows } = await client.query<{ id: string }>(
        `DELETE FROM service_processes WHERE id IN (
           SELECT id FROM service_processes WHERE ${which} FOR UPDATE SKIP LOCKED) RETURNING id`,
        values,
      );
      for (const [table, { set, where }] of Object.entries(LEASED))
        await client.query(
          `UPDATE ${table} SET leased_until = NULL, leased_by = NULL ${set} WHERE leased_by = ANY($1::uuid[]) ${where}`,
          [rows.map(({ id }) => id)],
        );
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...ownConnection(this.config.env, 'billing-heartbeat'), query_timeout: 3_000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  private missed(error: unknown): void {
    if (this.steadySince !== NEVER) this.logger.warn('PostgreSQL does not hear this process', error);
    this.steadySince = NEVER;
    const { client } = this;
    this.client = null;
    void client?.end().catch(() => undefined);
  }
}

const GONE = `seen_at < now() - interval '${GONE_AFTER_SECONDS} seconds'`;
