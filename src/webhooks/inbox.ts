import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';
import { SLACK_SECONDS } from '../sync/freshness.js';
import { Heartbeat } from '../database/heartbeat.js';
import { sqlState } from '../database/transactions.js';
import { type Outcome } from '../sync/projection.js';
import { retryAfterSeconds } from '../common/back-off.js';
import { errorText } from '../common/error-text.js';
import { type EventFacts, readEvent, type StripeEvent } from './stripe-event.js';
import { type WebhookEventState } from './webhook-event.entity.js';

/** Channel on which a new event is announced to the workers of all instances. */
export const INBOX_CHANNEL = 'webhook_events';
/** Longer than a worker may take for what it claims at once (see EventHandler). */
const LEASE_SECONDS = 120;
/** Seconds after which no claimed event is begun: what runs then still ends within the lease. */
const BEGIN_WITHIN_SECONDS = 45;
/** Events of one object that are claimed together; the rest follows at once. */
const GROUP_SIZE = 20;
/** Events that are claimed together at their first attempt. */
const FRESH_AT_ONCE = 100;
/** Due events that are looked at one by one when they cannot be claimed together. */
const LOOKED_AT_ONE_BY_ONE = 100;
/** SQLSTATE classes of what concerns a row, not the connection or the moment: data, integrity, PL/pgSQL, corruption. */
const CONCERNS_ROW = /^(22|23|P0|XX)/;
/** True where what a row holds is the cause, not the connection or the moment. */
export function concernsRow(error: unknown): boolean {
  return CONCERNS_ROW.test(sqlState(error) ?? '');
}
/** Events that one statement puts back into the queue. */
const REPLAYED_AT_ONCE = 500;
/** Events that one statement removes. */
const TRIMMED_AT_ONCE = 1_000;

const NO_LEASE = 'leased_until = NULL, leased_by = NULL';
const DUE = `state IN ('received', 'processing') AND next_attempt_at <= now()`;

/** How a delivery is stored. */
export interface Filing {
  state: Extract<WebhookEventState, 'received' | 'ignored' | 'failed'>;
  reason: string | null;
}

/** An event that this worker holds until `lease`. */
export interface ClaimedEvent {
  /** Our id. */
  id: string;
  eventId: string;
  type: string;
  objectId: string | null;
  stripeCustomerId: string | null;
  attempts: number;
  /** End of the lease as PostgreSQL wrote it. Each claim of an event has a later one than the claim before. */
  lease: string;
  /** True while other events of the object may still come in that one look at Stripe would cover, too. */
  mayWait: boolean;
  /** What the delivery says; null for what is no event. */
  content: StripeEvent | null;
  /** Until when it may be begun, on the monotonic clock. */
  beginBy: number;
}

/** A delivery that is to be kept. */
export interface Delivery {
  body: Buffer;
  facts: EventFacts;
  filing: Filing;
  content: StripeEvent | null;
  /** True: this process handles it at once, so that no worker need look for it. */
  isTaken: boolean;
}

type ClaimedRow = Omit<ClaimedEvent, 'content' | 'beginBy'>;

/** Thrown when another worker has claimed the event: whatever was done for it here is undone. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * The table of events as a queue that any number of workers share. All times are PostgreSQL's, so that instances whose
 * clocks differ agree.
 */
@Injectable()
export class Inbox {
  private readonly logger = new Logger(Inbox.name);
  private readonly maxAttempts: number;
  private readonly retentionDays: number;
  /** Seconds that an event whose order is not known waits at most for others of its object. */
  readonly waitSeconds: number;
  /** Until when an event waits whose order is not known; no longer after its arrival, should Stripe's clock be ahead. */
  private readonly waitsUntil: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
    config: AppConfig,
  ) {
    const { WEBHOOK_MAX_ATTEMPTS, WEBHOOK_RETENTION_DAYS, WEBHOOK_COALESCE_SECONDS: seconds } = config.env;
    this.maxAttempts = WEBHOOK_MAX_ATTEMPTS;
    this.retentionDays = WEBHOOK_RETENTION_DAYS;
    this.waitSeconds = seconds === 0 ? 0 : SLACK_SECONDS + seconds;
    // Releases before stored any number as `stripe_created`; to_timestamp does not take all of them.
    const created = `CASE WHEN stripe_created BETWEEN 0 AND 4102444800 THEN to_timestamp(stripe_created) END`;
    this.waitsUntil = `least(${created}, received_at) + interval '${this.waitSeconds} seconds'`;
  }

  /** Keeps a delivery for the workers; one that is there already is left as it is. Committed when the promise resolves. */
  async receive(body: Buffer, facts: EventFacts, filing: Filing): Promise<void> {
    await this.receiveAll([{ body, facts, filing, content: null, isTaken: false }]);
  }

  /**
   * Keeps deliveries, with one statement; those that are there already are left as they are. Committed when the promise
   * resolves.
   * @returns those that were taken and not there: this process holds them now
   */
  async receiveAll(deliveries: readonly Delivery[]): Promise<ClaimedEvent[]> {
    const rows = await this.dataSource.query<(ClaimedRow & { state: WebhookEventState })[]>(
      `WITH given AS (
         SELECT *, is_taken AND state = 'received' AS is_held
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bigint[], $8::bytea[],
             $9::webhookeventstate[], $10::text[], $11::boolean[])
           WITH ORDINALITY AS given (event_id, type, object_id, stripe_customer_id, api_version, livemode, stripe_created,
             payload, state, reason, is_taken, place)
       ), stored AS (
         INSERT INTO webhook_events (event_id, type, object_id, stripe_customer_id, api_version, livemode, stripe_created,
           payload, state, reason, attempts, leased_until, leased_by, next_attempt_at)
         SELECT event_id, type, object_id, stripe_customer_id, api_version, livemode, stripe_created, payload,
           CASE WHEN is_held THEN 'processing' ELSE state END, reason, is_held::integer,
           CASE WHEN is_held THEN now() + interval '${LEASE_SECONDS} seconds' END,
           CASE WHEN is_held THEN ${this.heartbeat.owner} END,
           CASE WHEN is_held THEN now() + interval '${LEASE_SECONDS} seconds' ELSE now() END
         FROM given ORDER BY place
         ON CONFLICT (event_id) DO NOTHING
         RETURNING *)
       SELECT ${this.claimedColumns}, state,
         (SELECT pg_notify('${INBOX_CHANNEL}', '') FROM stored WHERE state = 'received' LIMIT 1)::text AS announced
       FROM stored`,
      [
        deliveries.map(({ facts }) => facts.eventId),
        deliveries.map(({ facts }) => facts.type),
        deliveries.map(({ facts }) => facts.objectId),
        deliveries.map(({ facts }) => facts.stripeCustomerId),
        deliveries.map(({ facts }) => facts.apiVersion),
        deliveries.map(({ facts }) => facts.livemode),
        deliveries.map(({ facts }) => facts.created),
        deliveries.map(({ body }) => body),
        deliveries.map(({ filing }) => filing.state),
        deliveries.map(({ filing }) => filing.reason),
        deliveries.map(({ isTaken }) => isTaken),
      ],
    );
    const contents = new Map(deliveries.map(({ facts, content }) => [facts.eventId, content]));
    return rows
      .filter(({ state }) => state === 'processing')
      .map((row) => this.toClaimed(row, contents.get(row.eventId) ?? null));
  }

  private toClaimed(row: ClaimedRow, content: StripeEvent | null): ClaimedEvent {
    return { ...row, content, beginBy: this.clock.monotonicSeconds() + BEGIN_WITHIN_SECONDS };
  }

  /** True for an event that was held too long to be begun: its lease might end before it does. */
  isOverdue({ beginBy }: ClaimedEvent): boolean {
    return this.clock.monotonicSeconds() > beginBy;
  }

  /** Takes the events that have been due longest, of whatever objects, that were not attempted yet. */
  async claimFresh(): Promise<ClaimedEvent[]> {
    const due = `SELECT id FROM webhook_events WHERE ${DUE} AND attempts = 0
      ORDER BY next_attempt_at, id LIMIT ${FRESH_AT_ONCE} FOR UPDATE SKIP LOCKED`;
    try {
      return await this.hold(`due AS (${due})`, 'SELECT id FROM due', []);
    } catch (error) {
      if (!concernsRow(error)) throw error;
      return this.claimOneByOne();
    }
  }

  /**
   * Takes the event that has been due longest, and what else is due of the same object: the newest first, none when
   * nothing is due. An event that was not settled within its lease is due again, since its worker is stuck; that of a
   * process that is gone at once (see Heartbeat).
   */
  async claim(): Promise<ClaimedEvent[]> {
    try {
      return await this.claimDue('');
    } catch (error) {
      if (!concernsRow(error)) throw error;
      return this.claimOneByOne();
    }
  }

  /** One event that cannot be claimed must not stop the others: it is set aside. */
  private async claimOneByOne(): Promise<ClaimedEvent[]> {
    const due = await this.dataSource.query<{ id: string; event_id: string }[]>(
      `SELECT id, event_id FROM webhook_events WHERE ${DUE} ORDER BY next_attempt_at, id LIMIT ${LOOKED_AT_ONE_BY_ONE}`,
    );
    for (const { id, event_id } of due) {
      try {
        const claimed = await this.claimDue('AND id = $1', 'AND false', [id]);
        if (claimed.length > 0) return claimed;
      } catch (error) {
        if (!concernsRow(error)) throw error;
        const facts = { event_id, error: errorText(error) };
        this.logger.error(facts, 'A webhook event cannot be claimed: it is set aside as failed');
        await this.setAside(id, error);
      }
    }
    return [];
  }

  private async setAside(id: string, error: unknown): Promise<void> {
    await this.dataSource.query(
      `UPDATE webhook_events
       SET state = 'failed', reason = 'unclaimable', ${NO_LEASE}, last_error = $2, processed_at = now()
       WHERE id = $1 AND state IN ('received', 'processing')`,
      [id, errorText(error)],
    );
  }

  /**
   * @param which SQL: narrows what is taken
   * @param others SQL: narrows what else is taken of the same object
   */
  private claimDue(which: string, others = '', values: unknown[] = []): Promise<ClaimedEvent[]> {
    return this.hold(
      `due AS (
         SELECT id, object_id FROM webhook_events
         WHERE ${DUE} ${which}
         ORDER BY next_attempt_at, id LIMIT 1
         FOR UPDATE SKIP LOCKED
       ), related AS (
         SELECT other.id FROM webhook_events other JOIN due ON other.object_id = due.object_id AND other.id <> due.id
         WHERE other.state IN ('received', 'processing') AND other.next_attempt_at <= now() ${others}
         ORDER BY other.stripe_created DESC, other.id DESC LIMIT ${GROUP_SIZE - 1}
         FOR UPDATE OF other SKIP LOCKED
       )`,
      'SELECT id FROM due UNION ALL SELECT id FROM related',
      values,
    );
  }

  /**
   * @param found SQL: common table expressions that find and lock what is due
   * @param ids SQL: the ids of it
   */
  private async hold(found: string, ids: string, values: unknown[]): Promise<ClaimedEvent[]> {
    const rows = await this.dataSource.query<(ClaimedRow & { payload: Buffer })[]>(
      `WITH ${found}, claimed AS (
         UPDATE webhook_events
         SET state = 'processing', attempts = attempts + 1,
             leased_until = now() + interval '${LEASE_SECONDS} seconds', leased_by = ${this.heartbeat.owner},
             next_attempt_at = now() + interval '${LEASE_SECONDS} seconds'
         WHERE id IN (${ids})
         RETURNING *)
       SELECT ${this.claimedColumns}, payload FROM claimed ORDER BY stripe_created DESC NULLS FIRST, claimed.id DESC`,
      values,
    );
    return rows.map(({ payload, ...row }) => this.toClaimed(row, readEvent(payload)));
  }

  private get claimedColumns(): string {
    return `id, event_id AS "eventId", type, object_id AS "objectId", stripe_customer_id AS "stripeCustomerId",
      attempts, leased_until::text AS lease, ${this.waitsUntil} > now() AS "mayWait"`;
  }

  /**
   * Writes how events ended, in the transaction of their effect.
   * @throws LeaseLost when another worker has one of them, so that the effect is rolled back
   */
  async settle(manager: EntityManager, events: readonly ClaimedEvent[], outcome: Outcome): Promise<void> {
    const [state, reason, stripeCustomerId] =
      outcome.state === 'ignored'
        ? ['ignored', outcome.reason, outcome.stripeCustomerId ?? null]
        : ['done', null, null];
    const settled = await this.change(
      manager,
      events,
      `state = $3, reason = $4, stripe_customer_id = coalesce(stripe_customer_id, $5),
       ${NO_LEASE}, last_error = NULL, processed_at = now()`,
      [state, reason, stripeCustomerId],
    );
    if (settled < events.length) throw new LeaseLost('The lease of the event has ended');
  }

  /** Settles an event that has no effect. */
  async ignore(event: ClaimedEvent, reason: string): Promise<void> {
    await this.change(
      this.dataSource.manager,
      [event],
      `state = 'ignored', reason = $3, ${NO_LEASE}, processed_at = now()`,
      [reason],
    );
  }

  /** Notes a failure: the events are retried later, or failed for good after the last attempt. */
  async fail(events: readonly ClaimedEvent[], error: unknown): Promise<void> {
    const [first] = events;
    if (first === undefined) return;
    await this.change(
      this.dataSource.manager,
      events,
      `state = CASE WHEN attempts >= $3 THEN 'failed' ELSE 'received' END::webhookeventstate,
       reason = CASE WHEN attempts >= $3 THEN 'attempts_exhausted' END,
       processed_at = CASE WHEN attempts >= $3 THEN now() END,
       ${NO_LEASE}, last_error = $4, next_attempt_at = now() + $5 * interval '1 second'`,
      [this.maxAttempts, errorText(error), retryAfterSeconds(first.attempts)],
    );
  }

  /** Fails an event whose every attempt ended with the process that made it. */
  async abandon(event: ClaimedEvent): Promise<void> {
    await this.change(
      this.dataSource.manager,
      [event],
      `state = 'failed', reason = 'attempts_exhausted', ${NO_LEASE}, processed_at = now(),
       last_error = coalesce(last_error, 'No attempt came to an end')`,
      [],
    );
  }

  /** Puts events back that were not begun; that was no attempt. */
  async release(events: readonly ClaimedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.change(
      this.dataSource.manager,
      events,
      `state = 'received', ${NO_LEASE}, attempts = attempts - 1, next_attempt_at = now()`,
      [],
    );
  }

  /** Puts an event back until others of its object have come in; that was no attempt. */
  async defer(event: ClaimedEvent): Promise<void> {
    await this.change(
      this.dataSource.manager,
      [event],
      `state = 'received', ${NO_LEASE}, attempts = attempts - 1, next_attempt_at = ${this.waitsUntil}`,
      [],
    );
  }

  /** Keeps an event as failed without another attempt: it would fail alike each time. */
  async refuse(event: ClaimedEvent, reason: string): Promise<void> {
    await this.change(
      this.dataSource.manager,
      [event],
      `state = 'failed', reason = $3, ${NO_LEASE}, processed_at = now()`,
      [reason],
    );
  }

  /** Removes some of the events whose time to be kept is over, the oldest first; returns their number. */
  async trim(): Promise<number> {
    const [, trimmed] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM webhook_events WHERE id IN (
         SELECT id FROM webhook_events
         WHERE state IN ('done', 'ignored', 'failed') AND received_at < now() - $1 * interval '1 day'
         ORDER BY received_at LIMIT ${TRIMMED_AT_ONCE}
         FOR UPDATE SKIP LOCKED)`,
      [this.retentionDays],
    );
    return trimmed;
  }

  /** True when the event has had all its attempts already. */
  isExhausted(event: ClaimedEvent): boolean {
    return event.attempts > this.maxAttempts;
  }

  /**
   * Puts back the ignored events whose customer is linked to a user by now, or was: also those of a user's second customer,
   * which stay ignored only while there is another. Returns their number. Each time counts as an attempt, so that none
   * comes back for ever.
   */
  async replayLinked(): Promise<number> {
    const [, replayed] = await this.dataSource.query<[unknown, number]>(
      `UPDATE webhook_events
       SET state = 'received', reason = NULL, next_attempt_at = now(), processed_at = NULL
       WHERE id IN (
         SELECT event.id FROM webhook_events event
         WHERE event.state = 'ignored' AND event.reason IN ('unlinked_customer', 'foreign_customer') AND event.attempts < $1
           AND (EXISTS (SELECT FROM customers WHERE stripe_customer_id = event.stripe_customer_id) OR
                EXISTS (SELECT FROM former_stripe_customers WHERE stripe_customer_id = event.stripe_customer_id))
         ORDER BY event.id LIMIT ${REPLAYED_AT_ONCE}
         FOR UPDATE OF event SKIP LOCKED)`,
      [this.maxAttempts],
    );
    return replayed;
  }

  /** Changes events that this worker still holds; returns how many. */
  private async change(
    manager: EntityManager,
    events: readonly ClaimedEvent[],
    set: string,
    values: unknown[],
  ): Promise<number> {
    const [, changed] = await manager.query<[unknown, number]>(
      `UPDATE webhook_events SET ${set}
       WHERE state = 'processing'
         AND (id, leased_until) IN (SELECT * FROM unnest($1::bigint[], $2::timestamptz[]))`,
      [events.map((event) => event.id), events.map(({ lease }) => lease), ...values],
    );
    return changed;
  }
}
