import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { WEBHOOK_EVENT_STATES } from '../webhooks/webhook-event.entity.js';

/** The state of the inbox. */
export interface InboxFacts {
  byState: { state: string; count: number }[];
  dead: number;
  lagSeconds: number;
}

/** Seconds that one look at the inbox serves: counting a table of millions of rows takes a while. */
const KEEP_SECONDS = 5;

/** What the metrics need of the database. */
@Injectable()
export class MetricsReader {
  private known: { facts: Promise<InboxFacts>; at: number } | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  inbox(): Promise<InboxFacts> {
    const now = this.clock.monotonicSeconds();
    if (this.known === null || now - this.known.at > KEEP_SECONDS) {
      const facts = this.readInbox();
      this.known = { facts, at: now };
      facts.catch(() => (this.known = null));
    }
    return this.known.facts;
  }

  /** What is still to be delivered to the host's programs, and what was given up. */
  async outgoing(): Promise<{ lagSeconds: number; dead: number }> {
    const [facts] = await this.dataSource.query<[{ lagSeconds: number; dead: number }]>(
      `SELECT coalesce(extract(epoch FROM now() - least(
           (SELECT min(created_at) FROM outgoing_events WHERE position IS NULL),
           (SELECT min(created_at) FROM outgoing_deliveries WHERE failed_at IS NULL))), 0)::float AS "lagSeconds",
         (SELECT count(*)::int FROM outgoing_deliveries WHERE failed_at IS NOT NULL) AS dead`,
    );
    return facts;
  }

  async openOperations(): Promise<[string, number][]> {
    const rows = await this.dataSource.query<{ kind: string; count: number }[]>(
      `SELECT kind, count(*)::int AS count FROM stripe_operations WHERE state = 'open' GROUP BY kind`,
    );
    return rows.map(({ kind, count }) => [kind, count]);
  }

  /** A number of the last result of each run that has it. */
  async lastResults(field: string): Promise<[string, number][]> {
    const rows = await this.dataSource.query<{ name: string; value: number }[]>(
      `SELECT name, (result ->> $1)::float AS value FROM repair_progress WHERE result ? $1`,
      [field],
    );
    return rows.map(({ name, value }) => [name, value]);
  }

  async lastFinished(): Promise<[string, number][]> {
    const rows = await this.dataSource.query<{ name: string; at: number }[]>(
      `SELECT name, extract(epoch FROM finished_at)::float AS at FROM repair_progress WHERE result IS NOT NULL`,
    );
    return rows.map(({ name, at }) => [name, at]);
  }

  private async readInbox(): Promise<InboxFacts> {
    const rows = await this.dataSource.query<{ state: string; count: number }[]>(
      'SELECT state, count(*)::int AS count FROM webhook_events GROUP BY state',
    );
    const [{ lag }] = await this.dataSource.query<[{ lag: number }]>(
      `SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)::float AS lag
       FROM webhook_events WHERE state IN ('received', 'processing')`,
    );
    const countOf = (state: string) => rows.find((row) => row.state === state)?.count ?? 0;
    return {
      byState: WEBHOOK_EVENT_STATES.map((state) => ({ state, count: countOf(state) })),
      dead: countOf('failed'),
      lagSeconds: lag,
    };
  }
}
