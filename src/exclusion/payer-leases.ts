import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { Heartbeat } from '../database/heartbeat.js';
import { type Purpose } from './one-at-a-time.js';

/** Longer than a request may take; that of a process that is gone is free at once (Heartbeat). */
const LEASE_SECONDS = 120;
const RETRY_AFTER_SECONDS = 1;

/** The right of one request to change what is a user's. */
export interface PayerLeaseHeld {
  userId: number;
  token: string;
}

/** Lets one request of a user change something at a time, beside any number of instances. Holds no connection meanwhile. */
@Injectable()
export class PayerLeases {
  private readonly logger = new Logger(PayerLeases.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
  ) {}

  /** @throws BillingError conflict while another request has it; purchase_in_progress when both are purchases */
  async take(userId: number, purpose: Purpose): Promise<PayerLeaseHeld> {
    const token = randomUUID();
    const taken = await this.dataSource.query<unknown[]>(
      `INSERT INTO payer_leases AS lease (user_id, purpose, token, leased_until, leased_by)
       VALUES ($1, $2, $3, now() + interval '${LEASE_SECONDS} seconds', ${this.heartbeat.owner})
       ON CONFLICT (user_id) DO UPDATE
       SET purpose = excluded.purpose, token = excluded.token, leased_until = excluded.leased_until,
           leased_by = excluded.leased_by
       WHERE lease.leased_until IS NULL OR lease.leased_until <= now()
       RETURNING token`,
      [userId, purpose, token],
    );
    if (taken.length > 0) return { userId, token };
    const [holder] = await this.dataSource.query<{ purpose: string }[]>(
      'SELECT purpose FROM payer_leases WHERE user_id = $1',
      [userId],
    );
    const both = holder?.purpose === 'purchase' && purpose === 'purchase';
    throw new BillingError(both ? 'purchase_in_progress' : 'conflict', undefined, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  /** A lease that cannot be given back runs out by itself; the response is not to suffer from it. */
  async release({ userId, token }: PayerLeaseHeld): Promise<void> {
    try {
      await this.dataSource.query(
        'UPDATE payer_leases SET leased_until = NULL, leased_by = NULL WHERE user_id = $1 AND token = $2',
        [userId, token],
      );
    } catch (error) {
      this.logger.warn('The lease of a request could not be given back', { error: String(error) });
    }
  }
}
