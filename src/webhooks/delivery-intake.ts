import { Injectable } from '@nestjs/common';
import { type ClaimedEvent, concernsRow, type Delivery, Inbox } from './inbox.js';

/** Deliveries that one statement keeps. */
const MOST_AT_ONCE = 100;
/** Statements that run at the same time. */
const STATEMENTS = 2;
/** Bytes of a body from which on an event is not held in memory: a worker reads it from what is stored. */
const LONGEST_BODY = 65_536;

/** Who handles what this process has stored. */
export interface EventTaker {
  /** Events that it can take in now. */
  room(): number;
  take(events: readonly ClaimedEvent[]): void;
}

interface Waiting {
  delivery: Omit<Delivery, 'isTaken'>;
  stored: () => void;
  failed: (error: unknown) => void;
}

/**
 * Keeps deliveries. Those that come in while others are being stored share the next statement, and its commit; each is
 * answered after it. What the worker of this process has room for it gets from here, already leased.
 */
@Injectable()
export class DeliveryIntake {
  private taker: EventTaker | null = null;
  private readonly waiting: Waiting[] = [];
  private statements = 0;

  constructor(private readonly inbox: Inbox) {}

  /** @param taker null: events are only stored */
  handOverTo(taker: EventTaker | null): void {
    this.taker = taker;
  }

  /** Resolves once the delivery is committed, or was there already. */
  receive(delivery: Omit<Delivery, 'isTaken'>): Promise<void> {
    return new Promise((stored, failed) => {
      this.waiting.push({ delivery, stored, failed });
      if (this.statements < STATEMENTS) void this.storeWaiting();
    });
  }

  private async storeWaiting(): Promise<void> {
    this.statements += 1;
    // What came in at the same moment goes together.
    await Promise.resolve();
    for (let batch = this.next(); batch.length > 0; batch = this.next()) await this.store(batch);
    this.statements -= 1;
  }

  private next(): Waiting[] {
    return this.waiting.splice(0, MOST_AT_ONCE);
  }

  /**
   * Never throws. One delivery that cannot be stored must not stop the others; but where PostgreSQL is away, whoever waits
   * hears so at once, and Stripe delivers again.
   */
  private async store(batch: readonly Waiting[]): Promise<void> {
    try {
      const room = this.taker?.room() ?? 0;
      const deliveries = batch.map(({ delivery }, place) => ({
        ...delivery,
        isTaken: place < room && delivery.body.length <= LONGEST_BODY,
      }));
      const held = await this.inbox.receiveAll(deliveries);
      for (const { stored } of batch) stored();
      if (held.length > 0) this.hand(held);
    } catch (error) {
      if (batch.length > 1 && concernsRow(error)) for (const one of batch) await this.store([one]);
      else for (const { failed } of concernsRow(error) ? batch : [...batch, ...this.waiting.splice(0)]) failed(error);
    }
  }

  private hand(held: readonly ClaimedEvent[]): void {
    if (this.taker === null) void this.inbox.release(held).catch(() => undefined);
    else this.taker.take(held);
  }
}
