import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { WokenTask } from '../common/woken-task.js';
import { DeliveryWorker } from './delivery-worker.js';
import { PAYER, WANTED } from './outgoing-endpoints.js';
import { OutgoingEvents } from './outgoing-events.js';

/** Finds what other processes wrote, and what was not committed yet when this one looked. */
const EVERY_SECONDS = 1;
/** An event is announced before its transaction is committed. */
const COMMITTED_AFTER_MS = 20;
const AT_ONCE = 500;
const ALL = { numbered: AT_ONCE, queued: 0 };
const NONE = { numbered: 0, queued: 0 };

/**
 * Gives the events their numbers, once they are committed: one dispatcher at a time, of whatever process. A number that
 * was given within the transaction of the change could become visible after a greater one, and a reader that asks for
 * what is `after` would skip it.
 */
@Injectable()
export class EventDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EventDispatcher.name);
  private readonly task: WokenTask;

  constructor(
    private readonly dataSource: DataSource,
    private readonly deliveries: DeliveryWorker,
    events: OutgoingEvents,
  ) {
    this.task = new WokenTask(
      EVERY_SECONDS,
      () => this.dispatchAll(),
      (error) => this.logger.error('Outgoing events could not be numbered', error),
    );
    events.onEvent(() => this.task.wake());
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async dispatchAll(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, COMMITTED_AFTER_MS));
    for (let done = ALL; done.numbered === AT_ONCE;) {
      done = await this.dispatch();
      if (done.queued > 0) this.deliveries.wake();
    }
  }

  /**
   * Numbers the events that wait, in the order of their ids: those of one payer are written under the lock of its
   * customer, so that this is the order of their commits. In the same transaction they are queued for the endpoints.
   */
  private async dispatch(): Promise<{ numbered: number; queued: number }> {
    const [found] = await this.dataSource.query<{ waits: boolean }[]>(
      'SELECT EXISTS (SELECT FROM outgoing_events WHERE position IS NULL) AS waits',
    );
    if (found?.waits !== true) return NONE;
    return this.dataSource.transaction(async (manager) => {
      // Held until the commit is visible, so that the next one sees the numbers that were given.
      const [turn] = await manager.query<{ taken: boolean }[]>(
        `SELECT pg_try_advisory_xact_lock(hashtext('outgoing_events'), hashtext(current_schema())) AS taken`,
      );
      if (turn?.taken !== true) return NONE;
      const [done] = await manager.query<[{ numbered: number; queued: number }]>(NUMBER_WAITING);
      return done;
    });
  }
}

/** The newest number of all, and that of each payer, are always there: retention leaves them. */
const NUMBER_WAITING = `
  WITH waiting AS (
    SELECT id, user_id, organization_id FROM outgoing_events WHERE position IS NULL ORDER BY id LIMIT ${AT_ONCE}
  ), payers AS (
    SELECT user_id, organization_id, coalesce(CASE
      WHEN user_id IS NOT NULL
      THEN (SELECT sequence FROM outgoing_events e WHERE e.user_id = payer.user_id AND position IS NOT NULL
            ORDER BY position DESC LIMIT 1)
      WHEN organization_id IS NOT NULL
      THEN (SELECT sequence FROM outgoing_events e WHERE e.organization_id = payer.organization_id AND position IS NOT NULL
            ORDER BY position DESC LIMIT 1)
      ELSE (SELECT sequence FROM outgoing_events WHERE user_id IS NULL AND organization_id IS NULL AND position IS NOT NULL
            ORDER BY position DESC LIMIT 1) END, 0) AS last
    FROM (SELECT DISTINCT user_id, organization_id FROM waiting) payer
  ), numbered AS (
    SELECT waiting.id,
      (SELECT coalesce(max(position), 0) FROM outgoing_events) + row_number() OVER (ORDER BY waiting.id) AS position,
      last + row_number() OVER (PARTITION BY waiting.user_id, waiting.organization_id ORDER BY waiting.id) AS sequence
    FROM waiting JOIN payers ON payers.user_id IS NOT DISTINCT FROM waiting.user_id
      AND payers.organization_id IS NOT DISTINCT FROM waiting.organization_id
  ), given AS (
    UPDATE outgoing_events event SET position = numbered.position, sequence = numbered.sequence
    FROM numbered WHERE event.id = numbered.id RETURNING event.*
  ), queued AS (
    INSERT INTO outgoing_deliveries (endpoint_id, event_id, payer)
    SELECT endpoint.id, event.id, ${PAYER} FROM given event JOIN outgoing_endpoints endpoint ON enabled AND ${WANTED}
    ORDER BY event.id RETURNING id
  )
  SELECT (SELECT count(*) FROM given)::int AS numbered, (SELECT count(*) FROM queued)::int AS queued`;
