import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type Stripe from 'stripe';
import { AppConfig } from '../config/app-config.js';
import { filingOf } from '../webhooks/filing.js';
import { Inbox } from '../webhooks/inbox.js';
import { readEvent } from '../webhooks/stripe-event.js';
import { AccountReader } from './account-reader.js';
import { EventGateway, type EventPage } from './event.gateway.js';
import { RepairProgress } from './repair-progress.js';
import { newestSettled } from './settled-event.js';

const NAME = 'events';
const LEASE_SECONDS = 60;

/**
 * Finds the events that Stripe lists and that no delivery brought, after a downtime for example, and puts them into the
 * inbox like deliveries. The first run only notes where the list stands: what happened before is the backfill's.
 */
@Injectable()
export class GapRepair {
  private readonly logger = new Logger(GapRepair.name);

  constructor(
    private readonly gateway: EventGateway,
    private readonly account: AccountReader,
    private readonly inbox: Inbox,
    private readonly progress: RepairProgress,
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {}

  /** Returns how many events were missing; null when another process repairs now. */
  async run(): Promise<number | null> {
    const known = await this.progress.find(NAME);
    if (!(await this.progress.take(NAME, LEASE_SECONDS))) return null;
    let missing: number | null = null;
    try {
      const isBegun = known !== null && (known.cursor !== null || known.finishedAt !== null);
      missing = isBegun ? await this.resume(known.cursor) : await this.begin();
      if (missing > 0) this.logger.warn(`${missing} events had not been delivered; they are in the inbox now`);
      return missing;
    } finally {
      await this.progress.giveBack(NAME, missing === null ? null : { missing });
    }
  }

  private async begin(): Promise<number> {
    const page = await this.account.patiently(() => this.gateway.pageBefore(null));
    const settled = newestSettled(page) ?? (page.hasMore ? page.events.at(-1) : undefined);
    await this.progress.save(NAME, { cursor: settled?.id ?? null });
    return 0;
  }

  /** From the cursor to the present, page by page. */
  private async resume(cursor: string | null): Promise<number> {
    if (cursor === null) return this.readAll();
    let missing = 0;
    for (let position = cursor; ;) {
      const page = await this.account.patiently(() => this.gateway.pageAfter(position));
      if (page === null) {
        this.logger.error('The last known event is older than what Stripe lists: run `cli reconcile --fix`');
        return missing + (await this.readAll());
      }
      missing += await this.takeIn(page);
      await this.moveTo(newestSettled(page));
      const newest = page.events[0];
      if (newest === undefined) return missing;
      position = newest.id;
    }
  }

  /** Everything that Stripe lists, the newest first; the cursor moves once nothing older is left out. */
  private async readAll(): Promise<number> {
    let missing = 0;
    let newest: Stripe.Event | undefined;
    for (let position: string | null = null; ;) {
      const from: string | null = position;
      const page: EventPage = await this.account.patiently(() => this.gateway.pageBefore(from));
      newest ??= newestSettled(page);
      missing += await this.takeIn(page);
      position = page.events.at(-1)?.id ?? null;
      if (page.hasMore && position !== null) continue;
      await this.moveTo(newest);
      return missing;
    }
  }

  /** Returns how many of the events were missing. */
  private async takeIn({ events }: EventPage): Promise<number> {
    const missing = await this.unknown(events);
    let taken = 0;
    for (const event of missing) if (await this.receive(event)) taken += 1;
    await this.progress.extend(NAME, LEASE_SECONDS);
    return taken;
  }

  private async moveTo(event: Stripe.Event | undefined): Promise<void> {
    if (event !== undefined) await this.progress.save(NAME, { cursor: event.id });
  }

  private async unknown(events: readonly Stripe.Event[]): Promise<Stripe.Event[]> {
    const rows = await this.dataSource.query<{ event_id: string }[]>(
      'SELECT event_id FROM webhook_events WHERE event_id = ANY($1)',
      [events.map(({ id }) => id)],
    );
    const known = new Set(rows.map((row) => row.event_id));
    return events.filter(({ id }) => !known.has(id));
  }

  /** Keeps an event as if it had been delivered; one that the endpoint does not subscribe to is left out. */
  private async receive(event: Stripe.Event): Promise<boolean> {
    const body = Buffer.from(JSON.stringify(event));
    const facts = readEvent(body);
    if (facts === null) return false;
    const filing = filingOf(facts, this.config.livemode);
    if (filing.state !== 'received') return false;
    await this.inbox.receive(body, facts, filing);
    return true;
  }
}
