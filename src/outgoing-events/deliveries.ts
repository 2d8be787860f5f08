import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { retryAfterSeconds } from '../common/back-off.js';
import { Heartbeat } from '../database/heartbeat.js';
import { EVENT_COLUMNS, type NumberedEvent, PAYERS } from './outgoing-events.reader.js';

/** Longer than a delivery may take (see DeliveryWorker). */
const LEASE_SECONDS = 60;
/** For how long a delivery is tried. */
const TRIED_FOR = `interval '3 days'`;

/** A delivery that this process holds. */
export type ClaimedDelivery = NumberedEvent & {
  deliveryId: string;
  endpointId: number;
  attempts: number;
  url: string;
  secret: string;
};

/**
 * The table of deliveries as a queue that any number of processes share. All times are PostgreSQL's. Of what waits for one
 * endpoint and payer only the oldest is taken, so that each payer's events come in order.
 */
@Injectable()
export class Deliveries {
  constructor(
    private readonly dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
  ) {}

  /** Takes what has been due longest. A lease that ran out, or whose process is gone (see Heartbeat), is due again. */
  claim(limit: number): Promise<ClaimedDelivery[]> {
    return this.dataSource.query<ClaimedDelivery[]>(
      `WITH due AS (
         SELECT delivery.id FROM outgoing_deliveries delivery
         WHERE failed_at IS NULL AND next_attempt_at <= now()
           AND NOT EXISTS (
             SELECT FROM outgoing_deliveries earlier
             WHERE earlier.endpoint_id = delivery.endpoint_id AND earlier.payer = delivery.payer
               AND earlier.event_id < delivery.event_id AND earlier.failed_at IS NULL)
           AND endpoint_id IN (SELECT id FROM outgoing_endpoints WHERE enabled)
         ORDER BY next_attempt_at, id LIMIT $1
         FOR UPDATE SKIP LOCKED
       ), ${this.claimed}`,
      [limit],
    );
  }

  /**
   * Removes what was taken, and takes the next one of the same endpoint and payer where it is due. With a long queue that
   * is found at once, while `claim` looks at all that waits behind others.
   */
  async delivered({ deliveryId }: ClaimedDelivery, takesNext: boolean): Promise<ClaimedDelivery | null> {
    if (!takesNext) {
      await this.dataSource.query('DELETE FROM outgoing_deliveries WHERE id = $1', [deliveryId]);
      return null;
    }
    // Not SKIP LOCKED: what comes after the next one is not to be taken in its place.
    const [next] = await this.dataSource.query<ClaimedDelivery[]>(
      `WITH gone AS (
         DELETE FROM outgoing_deliveries WHERE id = $1 RETURNING endpoint_id, payer
       ), next AS (
         SELECT delivery.id, delivery.next_attempt_at FROM outgoing_deliveries delivery JOIN gone USING (endpoint_id, payer)
         WHERE delivery.id <> $1 AND failed_at IS NULL ORDER BY event_id LIMIT 1
         FOR UPDATE OF delivery
       ), due AS (
         SELECT id FROM next WHERE next_attempt_at <= now()
           AND (SELECT enabled FROM outgoing_endpoints WHERE id = (SELECT endpoint_id FROM gone))
       ), ${this.claimed}`,
      [deliveryId],
    );
    return next ?? null;
  }

  /** SQL: takes what `due` names. */
  private get claimed(): string {
    return `claimed AS (
         UPDATE outgoing_deliveries SET attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, now()),
           next_attempt_at = now() + interval '${LEASE_SECONDS} seconds',
           leased_until = now() + interval '${LEASE_SECONDS} seconds', leased_by = ${this.heartbeat.owner}
         WHERE id IN (SELECT id FROM due)
         RETURNING *)
       SELECT claimed.id AS "deliveryId", claimed.endpoint_id AS "endpointId", claimed.attempts, endpoint.url,
         endpoint.secret, ${EVENT_COLUMNS}
       FROM claimed JOIN outgoing_endpoints endpoint ON endpoint.id = claimed.endpoint_id
         JOIN outgoing_events event ON event.id = claimed.event_id ${PAYERS}`;
  }

  /** Notes a failure: it is tried again later, or given up. Returns true for what was given up. */
  async failed({ deliveryId, attempts }: ClaimedDelivery, error: string): Promise<boolean> {
    const [[row]] = await this.dataSource.query<[{ given_up: boolean }[], number]>(
      `UPDATE outgoing_deliveries SET last_error = $2, leased_until = NULL, leased_by = NULL,
         next_attempt_at = now() + make_interval(secs => $3),
         failed_at = CASE WHEN first_attempt_at < now() - ${TRIED_FOR} THEN now() END
       WHERE id = $1 RETURNING failed_at IS NOT NULL AS given_up`,
      [deliveryId, error.slice(0, 255), retryAfterSeconds(attempts)],
    );
    return row?.given_up === true;
  }
}
