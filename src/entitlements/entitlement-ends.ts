import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ClockCheck } from '../common/clock-check.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { AppConfig } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { OutgoingEvents } from '../outgoing-events/outgoing-events.js';
import { StripeClient } from '../stripe/stripe-client.js';
import { DUE_AT } from './entitlements.reader.js';

const EVERY_SECONDS = 15;

/** Subscriptions that count, while a payment of theirs is late. */
const LATE = `subscriptions s WHERE s.status = 'past_due' AND s.plan_group IS NOT NULL AND s.duplicate_of_id IS NULL`;

/** Whether something may end by time alone: without, the clock of Stripe need not be known. */
const SOMETHING_ENDS = `SELECT EXISTS (SELECT FROM ${LATE})
  OR EXISTS (SELECT FROM feature_overrides, told WHERE until > at)
  OR EXISTS (SELECT FROM feature_usage, told WHERE resets_at > at) AS ends`;

/** One event for each payer of whom something ended in ($1, $2]. A day has 86,400 seconds, whatever the session's zone. */
const TELL = `
  WITH ended AS (
    SELECT customer_id, NULL::integer AS user_id, NULL::integer AS organization_id, 'grace' AS what, at
    FROM (SELECT s.customer_id, ${DUE_AT} + make_interval(secs => $3 * 86400) AS at FROM ${LATE}) late
    WHERE at > $1 AND at <= $2
    UNION ALL
    SELECT NULL, user_id, organization_id, 'override', until FROM feature_overrides WHERE until > $1 AND until <= $2
    UNION ALL
    SELECT NULL, user_id, organization_id, 'usage', resets_at FROM feature_usage WHERE resets_at > $1 AND resets_at <= $2
  ), told AS (
    SELECT coalesce(ended.user_id, customer.user_id) AS user_id,
      coalesce(ended.organization_id, customer.organization_id) AS organization_id, what, at
    FROM ended LEFT JOIN customers customer ON customer.id = customer_id
  )
  INSERT INTO outgoing_events (type, user_id, organization_id, object_type, data)
  SELECT 'entitlements.changed', user_id, organization_id, 'entitlement', jsonb_build_object(
    'object', jsonb_build_object('ended', jsonb_agg(DISTINCT what), 'at', max(at)), 'previous', NULL)
  FROM told GROUP BY user_id, organization_id RETURNING id`;

/**
 * Tells that what may be used is another because time passed: a grace or an override is over, what was used up counts anew.
 * What Stripe ends (a trial, a period, a subscription that is cancelled) is told with the write that says so. Once for
 * each end, whatever the number of instances: how far it was told stands in the row that the one who tells holds.
 */
@Injectable()
export class EntitlementEnds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EntitlementEnds.name);
  private readonly task: PeriodicTask;

  constructor(
    private readonly transactions: Transactions,
    private readonly stripe: StripeClient,
    private readonly events: OutgoingEvents,
    private readonly config: AppConfig,
    clockCheck: ClockCheck,
  ) {
    this.task = new PeriodicTask(
      EVERY_SECONDS,
      async () => clockCheck.isRight() && this.tell(),
      (error) => this.logger.error('What ended by time could not be told', error),
    );
  }

  onApplicationBootstrap(): void {
    void this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** Tells what has ended since it was last told. @returns the number of events */
  async tell(): Promise<number> {
    if (!(await this.somethingEnds())) return 0;
    const now = await this.stripe.now();
    return this.transactions.run(async (manager) => {
      const [row] = await manager.query<{ at: Date }[]>(
        'SELECT ends_told_until AS at FROM installation FOR UPDATE SKIP LOCKED',
      );
      if (row === undefined || row.at >= now) return 0;
      await manager.query('UPDATE installation SET ends_told_until = $1', [now]);
      const told = await manager.query<unknown[]>(TELL, [row.at, now, this.config.env.GRACE_DAYS]);
      if (told.length > 0) this.events.announce();
      return told.length;
    });
  }

  private async somethingEnds(): Promise<boolean> {
    const [found] = await this.transactions.withoutTransaction((manager) =>
      manager.query<{ ends: boolean }[]>(
        `WITH told AS (SELECT ends_told_until AS at FROM installation) ${SOMETHING_ENDS}`,
      ),
    );
    return found?.ends === true;
  }
}
