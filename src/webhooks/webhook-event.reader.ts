import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { WebhookEvent, type WebhookEventState } from './webhook-event.entity.js';

/** Which events are wanted. */
export interface EventSelection {
  limit: number;
  state: WebhookEventState | undefined;
  type: string | undefined;
  /** The event that the page before ended with. */
  after: WebhookEvent | null;
}

/** Reads of `webhook_events` for operators; what the workers read of it is in the inbox. */
@Injectable()
export class WebhookEventReader {
  constructor(private readonly dataSource: DataSource) {}

  /** The events without their content, newest first. */
  list({ limit, state, type, after }: EventSelection): Promise<WebhookEvent[]> {
    const select = this.dataSource.createQueryBuilder(WebhookEvent, 'event').orderBy('event.id', 'DESC').limit(limit);
    if (state !== undefined) select.andWhere('event.state = :state', { state });
    if (type !== undefined) select.andWhere('event.type = :type', { type });
    if (after !== null) select.andWhere('event.id < :after', { after: after.id });
    return select.getMany();
  }

  /** An event with its content. */
  async find(eventId: string): Promise<WebhookEvent | null> {
    if (eventId.includes('\0')) return null;
    return this.dataSource
      .createQueryBuilder(WebhookEvent, 'event')
      .addSelect('event.payload')
      .where('event.eventId = :eventId', { eventId })
      .getOne();
  }
}
