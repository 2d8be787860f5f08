import { Injectable, Logger, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { errorText } from '../common/error-text.js';
import { AppConfig } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { InvoiceProjection } from '../invoices/invoice.projection.js';
import { type BatchedProjection } from '../sync/batched-projection.js';
import { type MirroredRow } from '../sync/mirrored-row.js';
import { type Snapshot } from '../sync/projection.js';
import { SubscriptionProjection } from '../subscriptions/subscription.projection.js';
import { Announcements } from './announcements.js';
import { planOf } from './event-plan.js';
import { filingOf } from './filing.js';
import { type ClaimedEvent, Inbox } from './inbox.js';

type Batched = BatchedProjection<MirroredRow, { id: string }>;

/** The projections that take in many snapshots at once, in the order in which they do. */
const BATCHED: readonly unknown[] = [SubscriptionProjection, InvoiceProjection];

/** Takes in, in one transaction, the events of many objects whose effect is the write of a row that is there. */
@Injectable()
export class EventBatch {
  private readonly logger = new Logger(EventBatch.name);
  private listener: (events: number) => void = () => undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly inbox: Inbox,
    private readonly announcements: Announcements,
    private readonly transactions: Transactions,
    private readonly config: AppConfig,
  ) {}

  /** @param listener called with the number of events that a batch took in, once it is committed */
  onBatch(listener: (events: number) => void): void {
    this.listener = listener;
  }

  /**
   * Never throws: where the batch fails, each event goes the single way, so that one does not hold up the others.
   * @returns the events that were not taken in
   */
  async handle(events: readonly ClaimedEvent[]): Promise<readonly ClaimedEvent[]> {
    const entries = events.flatMap((event) => this.entryOf(event) ?? []);
    if (entries.length === 0) return events;
    try {
      const settled = await this.transactions.run(async (manager) => {
        const taken: ClaimedEvent[] = [];
        for (const projection of BATCHED) {
          const own = entries.filter((entry) => entry.projection === projection);
          if (own.length === 0) continue;
          const door = this.modules.get<Batched>(projection as Type<Batched>, { strict: false });
          const snapshots = await door.applyAll(
            manager,
            own.map(({ snapshot }) => snapshot),
          );
          taken.push(...own.filter(({ snapshot }) => snapshots.has(snapshot)).map(({ event }) => event));
        }
        if (taken.length > 0) await this.inbox.settle(manager, taken, { state: 'applied' });
        return new Set(taken);
      });
      if (settled.size > 0) this.listener(settled.size);
      for (const { eventId, type } of settled)
        this.logger.log({ event_id: eventId, type, state: 'applied' }, 'Webhook event handled');
      return events.filter((event) => !settled.has(event));
    } catch (error) {
      this.logger.warn(
        { events: entries.length, error: errorText(error) },
        'A batch of webhook events goes one by one',
      );
      return events;
    }
  }

  /** The snapshot of an event whose only step may be taken with others; undefined: it goes the single way. */
  private entryOf(
    event: ClaimedEvent,
  ): { event: ClaimedEvent; projection: unknown; snapshot: Snapshot<{ id: string }> } | undefined {
    const { content } = event;
    if (content === null || this.inbox.isExhausted(event) || this.inbox.isOverdue(event)) return undefined;
    if (this.announcements.tells(content.type)) return undefined;
    if (filingOf(content, this.config.livemode).state !== 'received') return undefined;
    const plan = planOf(content);
    const [step, ...others] = 'steps' in plan ? plan.steps : [];
    if (step?.by !== 'snapshot' || others.length > 0 || !BATCHED.includes(step.projection)) return undefined;
    return { event, projection: step.projection, snapshot: step.snapshot as Snapshot<{ id: string }> };
  }
}
