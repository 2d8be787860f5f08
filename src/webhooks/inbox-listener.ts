import { Logger } from '@nestjs/common';
import pg from 'pg';
import { type Environment } from '../config/app-config.js';
import { ownConnection } from '../database/own-connection.js';
import { INBOX_CHANNEL } from './inbox.js';

const RECONNECT_MS = 1_000;

/**
 * A connection of its own that hears of new events. While it is lost, polling finds them; behind a pooler that does not
 * support LISTEN, too.
 */
export class InboxListener {
  private readonly logger = new Logger(InboxListener.name);
  private client: pg.Client | null = null;
  private pause: { end: () => void } | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  /** @param onSignal called for every announcement, and after each connect for those that were missed */
  constructor(
    private readonly environment: Environment,
    private readonly onSignal: () => void,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pause?.end();
    await this.client?.end();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.listen();
      } catch (error) {
        if (!this.stopped) this.logger.warn('Cannot listen for webhook events', { error: String(error) });
      }
      if (!this.stopped) await this.wait();
    }
  }

  /** Resolves when the connection has ended. */
  private async listen(): Promise<void> {
    const client = new pg.Client(ownConnection(this.environment, 'billing-webhooks'));
    this.client = client;
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    client.on('error', (error) =>
      this.logger.warn('The connection for webhook events broke', { error: error.message }),
    );
    client.on('notification', this.onSignal);
    try {
      await client.connect();
      await client.query(`LISTEN ${INBOX_CHANNEL}`);
      this.onSignal();
      await ended;
    } finally {
      this.client = null;
      await client.end().catch(() => undefined);
    }
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, RECONNECT_MS * (1 + Math.random()));
      this.pause = {
        end: () => {
          clearTimeout(timer);
          resolve();
        },
      };
    });
  }
}
