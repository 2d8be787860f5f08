import { Injectable } from '@nestjs/common';
import { type StripeEvent } from './stripe-event.js';

/** Events that are kept at most, and the length of a body from which on one is not. */
const MOST = 200;
const LONGEST_BODY = 65_536;

/**
 * The content of events that this process stored a moment ago, so that the body of a delivery is parsed once. A saving
 * alone: whoever claims an event that is not here reads it from what is stored.
 */
@Injectable()
export class RecentEvents {
  private readonly kept = new Map<string, StripeEvent>();

  /** Only for what was stored: another delivery of the same event may have another body. */
  keep(event: StripeEvent, bodyLength: number): void {
    if (bodyLength > LONGEST_BODY) return;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MOST && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(event.eventId, event);
  }

  /**
   * From now on all is read from what is stored. The worker may handle an event before its content is kept here, which
   * then stays, and a replay would have it.
   */
  forget(): void {
    this.kept.clear();
  }

  /** The content of an event, once; undefined when it is not here. */
  take(eventId: string): StripeEvent | undefined {
    const event = this.kept.get(eventId);
    this.kept.delete(eventId);
    return event;
  }
}
