import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { PeriodicTask } from '../common/periodic-task.js';
import { Readiness } from '../common/readiness.js';
import { AppConfig } from '../config/app-config.js';
import { DeliveryIntake, type EventTaker } from './delivery-intake.js';
import { EventBatch } from './event-batch.js';
import { EventHandler } from './event-handler.js';
import { type ClaimedEvent, Inbox } from './inbox.js';
import { InboxListener } from './inbox-listener.js';

/** Objects whose events are handled one by one at the same time. */
const CONCURRENCY = 4;
/** Events that are taken in together at most. */
const BATCH_SIZE = 100;
/** Events that this process holds at most before it has begun with them; the others wait in the table. */
const MOST_HELD = 500;
/** Events that wait to be handled one by one at most; then no others are begun. */
const MOST_SINGLE = 200;

/**
 * Handles the events of the inbox as soon as they come in, beside the workers of other instances. Those that this process
 * stored come from memory, the others from the table: it is woken by the database, and the polling beneath finds
 * retries, what a dead worker left, and what no announcement reached. What a batch does not take in is handled one object
 * after the other.
 */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown, EventTaker {
  private readonly logger = new Logger(WebhookWorker.name);
  private readonly listener: InboxListener;
  private readonly polling: PeriodicTask;
  /** Held by this process and not begun. */
  private held: ClaimedEvent[] = [];
  /** Events of one object each, to be handled one by one. */
  private groups: ClaimedEvent[][] = [];
  private readonly active = new Set<Promise<void>>();
  private working: Promise<void> | null = null;
  private workAgain = false;
  /** True while something may be due in the table. */
  private mayBeDue = false;
  private readonly later = new Set<NodeJS.Timeout>();
  private state: 'idle' | 'running' | 'stopping' = 'idle';
  /** False after a poll that failed: the database cannot be reached. */
  private polled = true;

  constructor(
    private readonly inbox: Inbox,
    private readonly intake: DeliveryIntake,
    private readonly batch: EventBatch,
    private readonly handler: EventHandler,
    readiness: Readiness,
    config: AppConfig,
  ) {
    this.listener = new InboxListener(config.env, () => this.look());
    this.polling = new PeriodicTask(
      config.env.WEBHOOK_POLL_SECONDS,
      () => this.poll(),
      (error) => this.pollFailed(error),
    );
    readiness.register('webhook_worker', () => this.state === 'running' && this.polled);
  }

  onApplicationBootstrap(): void {
    this.state = 'running';
    this.intake.handOverTo(this);
    this.listener.start();
    void this.polling.start();
  }

  /** Waits for what is being handled; what is not begun goes back into the inbox. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.state !== 'running') return;
    this.state = 'stopping';
    this.intake.handOverTo(null);
    for (const timer of this.later) clearTimeout(timer);
    await Promise.all([this.listener.stop(), this.polling.stop(), this.working]);
    await Promise.all(this.active);
    await this.inbox.release([...this.held, ...this.groups.flat()]);
  }

  room(): number {
    return Math.max(0, MOST_HELD - this.held.length - this.waitingSingly());
  }

  take(events: readonly ClaimedEvent[]): void {
    this.held.push(...events);
    this.wake();
  }

  private async poll(): Promise<void> {
    await this.inbox.replayLinked();
    this.polled = true;
    this.look();
  }

  private pollFailed(error: unknown): void {
    this.polled = false;
    this.logger.error('Cannot read the inbox', error);
  }

  /** Looks into the table, too. */
  private look(): void {
    this.mayBeDue = true;
    this.wake();
  }

  /** Works as long as there is something to do and room for it; a wake-up in the meantime looks once more. */
  private wake(): void {
    if (this.state !== 'running') return;
    if (this.working !== null) {
      this.workAgain = true;
      return;
    }
    this.working = this.work()
      .catch((error: unknown) => this.pollFailed(error))
      .finally(() => {
        this.working = null;
        if (this.workAgain) this.wake();
      });
  }

  /** What is put back now to wait for others of its object is due by then; each has a wake-up of its own. */
  private wakeLater(): void {
    if (this.state !== 'running') return;
    const timer = setTimeout(() => {
      this.later.delete(timer);
      this.look();
    }, this.inbox.waitSeconds * 1000);
    this.later.add(timer);
  }

  private async work(): Promise<void> {
    this.workAgain = false;
    while (this.state === 'running') {
      this.beginGroups();
      if (this.waitingSingly() >= MOST_SINGLE) return;
      const events = await this.nextBatch();
      if (events.length > 0) this.groups.push(...groupsOf(await this.batch.handle(events)));
      // A retry must not wait until nothing new comes in.
      if (!(await this.claimGroup()) && events.length === 0) return;
    }
  }

  private async nextBatch(): Promise<readonly ClaimedEvent[]> {
    if (this.held.length === 0 && this.mayBeDue) return this.inbox.claimFresh();
    return this.held.splice(0, BATCH_SIZE);
  }

  /** Retries, and what a dead worker left, one object at a time. False when there is none, or no room for it. */
  private async claimGroup(): Promise<boolean> {
    if (!this.mayBeDue || this.active.size >= CONCURRENCY) return false;
    this.mayBeDue = false;
    const group = await this.inbox.claim();
    if (group.length === 0) return false;
    this.mayBeDue = true;
    this.groups.push(group);
    return true;
  }

  private waitingSingly(): number {
    return this.groups.reduce((sum, group) => sum + group.length, 0);
  }

  private beginGroups(): void {
    while (this.active.size < CONCURRENCY) {
      const group = this.groups.shift();
      if (group === undefined) return;
      this.begin(group);
    }
  }

  private begin(group: readonly ClaimedEvent[]): void {
    const work = this.handleGroup(group).finally(() => {
      this.active.delete(work);
      this.wake();
    });
    this.active.add(work);
  }

  /** An error that gets here concerns the database: the events are due again when their lease ends. */
  private async handleGroup(group: readonly ClaimedEvent[]): Promise<void> {
    try {
      await this.handler.handle(
        group,
        () => this.state !== 'running',
        () => this.wakeLater(),
      );
      if (group.some(({ objectId, stripeCustomerId }) => objectId !== null && objectId === stripeCustomerId))
        await this.inbox.replayLinked();
    } catch (error) {
      this.logger.error('The inbox could not be written', error);
    }
  }
}

/** Events by their object, the newest first. */
function groupsOf(events: readonly ClaimedEvent[]): ClaimedEvent[][] {
  const groups = new Map<string, ClaimedEvent[]>();
  for (const event of events) {
    const object = event.objectId ?? event.eventId;
    groups.set(object, [...(groups.get(object) ?? []), event]);
  }
  const createdOf = ({ content }: ClaimedEvent) => content?.created ?? Number.POSITIVE_INFINITY;
  return [...groups.values()].map((group) => group.toSorted((left, right) => createdOf(right) - createdOf(left)));
}
