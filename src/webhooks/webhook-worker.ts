import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { PeriodicTask } from '../common/periodic-task.js';
import { Readiness } from '../common/readiness.js';
import { AppConfig } from '../config/app-config.js';
import { EventHandler } from './event-handler.js';
import { type ClaimedEvent, Inbox } from './inbox.js';
import { InboxListener } from './inbox-listener.js';

/** Objects whose events are handled at the same time. */
const CONCURRENCY = 4;

/**
 * Handles the events of the inbox as soon as they come in, beside the workers of other instances. It is woken by the
 * database; the polling beneath finds retries, what a dead worker left, and what no announcement reached.
 */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookWorker.name);
  private readonly listener: InboxListener;
  private readonly polling: PeriodicTask;
  private readonly active = new Set<Promise<void>>();
  private claiming: Promise<void> | null = null;
  private claimAgain = false;
  private readonly later = new Set<NodeJS.Timeout>();
  private state: 'idle' | 'running' | 'stopping' = 'idle';
  /** False after a poll that failed: the database cannot be reached. */
  private polled = true;

  constructor(
    private readonly inbox: Inbox,
    private readonly handler: EventHandler,
    readiness: Readiness,
    config: AppConfig,
  ) {
    this.listener = new InboxListener(config.env, () => this.wake());
    this.polling = new PeriodicTask(
      config.env.WEBHOOK_POLL_SECONDS,
      () => this.poll(),
      (error) => this.pollFailed(error),
    );
    readiness.register('webhook_worker', () => this.state === 'running' && this.polled);
  }

  onApplicationBootstrap(): void {
    this.state = 'running';
    this.listener.start();
    void this.polling.start();
  }

  /** Waits for what is being handled; what is not begun stays in the inbox. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.state !== 'running') return;
    this.state = 'stopping';
    for (const timer of this.later) clearTimeout(timer);
    await Promise.all([this.listener.stop(), this.polling.stop(), this.claiming]);
    await Promise.all(this.active);
  }

  private async poll(): Promise<void> {
    await this.inbox.replayLinked();
    this.polled = true;
    this.wake();
  }

  private pollFailed(error: unknown): void {
    this.polled = false;
    this.logger.error('Cannot read the inbox', error instanceof Error ? error.stack : undefined);
  }

  /** Claims as long as something is due and there is room; a wake-up in the meantime claims once more. */
  private wake(): void {
    if (this.state !== 'running') return;
    if (this.claiming !== null) {
      this.claimAgain = true;
      return;
    }
    this.claiming = this.claimWhileDue()
      .catch((error: unknown) => this.pollFailed(error))
      .finally(() => {
        this.claiming = null;
        if (this.claimAgain) this.wake();
      });
  }

  /** What is put back now to wait for others of its object is due by then; each has a wake-up of its own. */
  private wakeLater(): void {
    if (this.state !== 'running') return;
    const timer = setTimeout(() => {
      this.later.delete(timer);
      this.wake();
    }, this.inbox.waitSeconds * 1000);
    this.later.add(timer);
  }

  private async claimWhileDue(): Promise<void> {
    this.claimAgain = false;
    while (this.state === 'running' && this.active.size < CONCURRENCY) {
      const group = await this.inbox.claim();
      if (group.length === 0) return;
      this.begin(group);
    }
  }

  private begin(group: readonly ClaimedEvent[]): void {
    const work = this.work(group).finally(() => {
      this.active.delete(work);
      this.wake();
    });
    this.active.add(work);
  }

  /** An error that gets here concerns the database: the events are due again when their lease ends. */
  private async work(group: readonly ClaimedEvent[]): Promise<void> {
    try {
      await this.handler.handle(
        group,
        () => this.state !== 'running',
        () => this.wakeLater(),
      );
      if (group.some(({ objectId, stripeCustomerId }) => objectId !== null && objectId === stripeCustomerId))
        await this.inbox.replayLinked();
    } catch (error) {
      this.logger.error('The inbox could not be written', error instanceof Error ? error.stack : undefined);
    }
  }
}
