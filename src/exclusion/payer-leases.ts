import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ownerColumn, type PayerKey } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { Clock } from '../common/clock.js';
import { Heartbeat } from '../database/heartbeat.js';
import { type Purpose } from './one-at-a-time.js';

/** Longer than a request may take; that of a process that is gone is free at once (Heartbeat). */
const LEASE_SECONDS = 120;
const RETRY_AFTER_SECONDS = 1;
const RELEASE_AGAIN_MS = 500;

/** The right of one request to change what is a payer's. */
export interface PayerLeaseHeld {
  payer: PayerKey;
  token: string;
}

/** Lets one request of a payer change something at a time, beside any number of instances. Holds no connection meanwhile. */
@Injectable()
export class PayerLeases {
  private readonly logger = new Logger(PayerLeases.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
  ) {}

  /** @throws BillingError conflict while another request has it; purchase_in_progress when both are purchases */
  async take(payer: PayerKey, purpose: Purpose): Promise<PayerLeaseHeld> {
    const lease = { payer, token: randomUUID() };
    if (await this.isTaken(lease, purpose)) return lease;
    const [holder] = await this.dataSource.query<{ purpose: string }[]>(
      `SELECT purpose FROM payer_leases WHERE ${ownerColumn(payer)} = $1`,
      [payer.id],
    );
    const both = holder?.purpose === 'purchase' && purpose === 'purchase';
    throw new BillingError(both ? 'purchase_in_progress' : 'conflict', undefined, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  /** While PostgreSQL is away this is tried again in the background, so that the payer need not wait for the lease's end. */
  async release(lease: PayerLeaseHeld): Promise<void> {
    const until = this.clock.monotonicSeconds() + LEASE_SECONDS;
    const again = async (): Promise<void> => {
      while (this.clock.monotonicSeconds() < until) {
        await wait(RELEASE_AGAIN_MS, undefined, { ref: false });
        if (await this.isReleased(lease)) return;
      }
      this.logger.warn('The lease of a request could not be given back, and has run out');
    };
    if (!(await this.isReleased(lease))) void again();
  }

  private async isTaken(lease: PayerLeaseHeld, purpose: Purpose): Promise<boolean> {
    try {
      return await this.insert(lease, purpose);
    } catch (error) {
      // It may have been committed, and only the answer was lost.
      void this.release(lease);
      throw error;
    }
  }

  private async insert({ payer, token }: PayerLeaseHeld, purpose: Purpose): Promise<boolean> {
    const column = ownerColumn(payer);
    const taken = await this.dataSource.query<unknown[]>(
      `INSERT INTO payer_leases AS lease (${column}, purpose, token, leased_until, leased_by)
       VALUES ($1, $2, $3, now() + interval '${LEASE_SECONDS} seconds', ${this.heartbeat.owner})
       ON CONFLICT (${column}) DO UPDATE
       SET purpose = excluded.purpose, token = excluded.token, leased_until = excluded.leased_until,
           leased_by = excluded.leased_by
       WHERE lease.leased_until IS NULL OR lease.leased_until <= now()
       RETURNING token`,
      [payer.id, purpose, token],
    );
    return taken.length > 0;
  }

  private async isReleased({ payer, token }: PayerLeaseHeld): Promise<boolean> {
    try {
      await this.dataSource.query(
        `UPDATE payer_leases SET leased_until = NULL, leased_by = NULL WHERE ${ownerColumn(payer)} = $1 AND token = $2`,
        [payer.id, token],
      );
      return true;
    } catch {
      return false;
    }
  }
}
