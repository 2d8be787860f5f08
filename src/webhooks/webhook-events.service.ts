import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type AuditActor } from '../audit/audit-entry.entity.js';
import { AuditLog } from '../audit/audit-log.js';
import { BillingError } from '../common/billing-error.js';
import { Page } from '../http/pagination.js';
import { type ListWebhookEventsDto } from './dto/list-webhook-events.dto.js';
import { type ReplayedEventsDto, type WebhookEventDetailsDto, type WebhookEventDto } from './dto/webhook-event.dto.js';
import { INBOX_CHANNEL } from './inbox.js';
import { type WebhookEvent } from './webhook-event.entity.js';
import { toWebhookEventDetailsDto, toWebhookEventDto } from './webhook-event.mapper.js';
import { WebhookEventReader } from './webhook-event.reader.js';

const EVENT_NOT_FOUND = 'Webhook event not found';
/** Events that one statement puts back into the queue. */
const REPLAYED_AT_ONCE = 500;
/** A replayed event begins anew: all its attempts are before it. Handling it twice does no harm. */
const BEGIN_ANEW = `state = 'received', reason = NULL, attempts = 0, next_attempt_at = now(), leased_until = NULL, leased_by = NULL, processed_at = NULL`;

/** The inbox as an operator sees it. */
@Injectable()
export class WebhookEventsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: WebhookEventReader,
    private readonly audit: AuditLog,
  ) {}

  /** One page of the events, newest first. */
  async list({ limit, state, type, starting_after }: ListWebhookEventsDto): Promise<Page<WebhookEventDto>> {
    const after = starting_after === undefined ? null : await this.find(starting_after);
    const found = await this.reader.list({ state, type, after, limit: limit + 1 });
    const page = found.slice(0, limit);
    return new Page(page.map(toWebhookEventDto), found.length > limit ? (page.at(-1)?.eventId ?? null) : null);
  }

  /** @throws BillingError not_found */
  async get(eventId: string): Promise<WebhookEventDetailsDto> {
    return toWebhookEventDetailsDto(await this.find(eventId));
  }

  /**
   * Has an event handled again, whatever became of it; one that waits or is being handled stays as it is.
   * @throws BillingError not_found
   */
  async replay(eventId: string, by?: AuditActor): Promise<WebhookEventDto> {
    await this.find(eventId);
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `WITH replayed AS (
           UPDATE webhook_events SET ${BEGIN_ANEW}
           WHERE event_id = $1 AND state IN ('done', 'ignored', 'failed') RETURNING id)
         SELECT pg_notify('${INBOX_CHANNEL}', '') FROM replayed`,
        [eventId],
      );
      await this.note(manager, 'webhook_event.replayed', eventId, by);
    });
    return toWebhookEventDto(await this.find(eventId));
  }

  /** Has every failed event handled again, in short statements; one that fails once more meanwhile is left. */
  async replayFailed(by?: AuditActor): Promise<ReplayedEventsDto> {
    let replayed = 0;
    for (let after = '0'; ;) {
      const [{ count, last }] = await this.dataSource.query<[{ count: number; last: string | null }]>(
        `WITH failed AS (
           SELECT id FROM webhook_events WHERE state = 'failed' AND id > $1
           ORDER BY id LIMIT ${REPLAYED_AT_ONCE} FOR UPDATE SKIP LOCKED
         ), replayed AS (
           UPDATE webhook_events SET ${BEGIN_ANEW} WHERE id IN (SELECT id FROM failed) RETURNING id)
         SELECT count(*)::int AS count, max(id) AS last FROM replayed`,
        [after],
      );
      replayed += count;
      if (last === null) break;
      after = last;
    }
    await this.dataSource.transaction(async (manager) => {
      if (replayed > 0) await manager.query(`SELECT pg_notify('${INBOX_CHANNEL}', '')`);
      await this.note(manager, 'webhook_event.replayed', 'failed', by, { replayed });
    });
    return { replayed };
  }

  /**
   * Removes an event, whatever its state, with what it says: for one that does harm. Stripe's list may bring it in again
   * (`EVENT_GAP_REPAIR_SECONDS`) as long as Stripe has it.
   * @returns the event as it was
   * @throws BillingError not_found
   */
  async drop(eventId: string, by?: AuditActor): Promise<WebhookEventDto> {
    const event = await this.find(eventId);
    await this.dataSource.transaction(async (manager) => {
      await manager.query('DELETE FROM webhook_events WHERE id = $1', [event.id]);
      await this.note(manager, 'webhook_event.dropped', eventId, by);
    });
    return toWebhookEventDto(event);
  }

  private note(
    manager: EntityManager,
    action: string,
    id: string,
    by?: AuditActor,
    after?: Record<string, unknown>,
  ): Promise<void> {
    const record = { action, object: { type: 'webhook_event', id } };
    return this.audit.write(manager, {
      ...record,
      ...(after === undefined ? {} : { after }),
      ...(by === undefined ? {} : { by }),
    });
  }

  private async find(eventId: string): Promise<WebhookEvent> {
    const row = await this.reader.find(eventId);
    if (row === null) throw new BillingError('not_found', EVENT_NOT_FOUND);
    return row;
  }
}
