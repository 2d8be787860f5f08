import { DataSource } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.js';
import { BillingError } from '../../common/billing-error.js';
import { WEBHOOK_EVENT_STATES } from '../../webhooks/webhook-event.entity.js';
import { type WebhookEventDto } from '../../webhooks/dto/webhook-event.dto.js';
import { WebhookEventReader } from '../../webhooks/webhook-event.reader.js';
import { WebhookEventsService } from '../../webhooks/webhook-events.service.js';
import { type CommandContext, type CommandResult, UsageError } from '../command.js';
import { withDatabase } from '../database.js';

interface Wish {
  state?: string | undefined;
  type?: string | undefined;
  limit: number;
  after?: string | undefined;
}

/** Lists events, the newest first. */
export function listEvents(
  context: CommandContext,
  { state: wanted, type, limit, after }: Wish,
): Promise<CommandResult> {
  const state = WEBHOOK_EVENT_STATES.find((one) => one === wanted);
  if (wanted !== undefined && state === undefined)
    throw new UsageError(`--state must be one of ${WEBHOOK_EVENT_STATES.join(', ')}`);
  const query = {
    limit,
    ...(state === undefined ? {} : { state }),
    ...(type === undefined ? {} : { type }),
    ...(after === undefined ? {} : { starting_after: after }),
  };
  return withEvents(context, async (events) => {
    const { items, nextCursor } = await events.list(query);
    const more = nextCursor === null ? [] : [`More: --after ${nextCursor}`];
    const text = items.length === 0 ? 'No event' : [...items.map(toLine), ...more].join('\n');
    return { text, json: { events: items, next: nextCursor } };
  });
}

/** Shows an event with its content and its last error. */
export function showEvent(context: CommandContext, id: string): Promise<CommandResult> {
  return withEvents(context, async (events) => {
    const { payload, last_error: error, ...event } = await events.get(id);
    const parts = [toLine(event), ...(error === null ? [] : [error]), JSON.stringify(payload, null, 2)];
    return { text: parts.join('\n\n'), json: { ...event, last_error: error, payload } };
  });
}

/** Has one event handled again, or every failed one. */
export function replayEvents(context: CommandContext, id: string | undefined, failed: boolean): Promise<CommandResult> {
  if ((id !== undefined) === failed) throw new UsageError('Say what to replay: an event or --failed');
  return withEvents(context, async (events) => {
    if (id === undefined) {
      const result = await events.replayFailed('operator');
      return { text: `${result.replayed} events are handled again`, json: result };
    }
    const event = await events.replay(id, 'operator');
    return { text: toLine(event), json: event };
  });
}

/** Removes one event. */
export function dropEvent(context: CommandContext, id: string): Promise<CommandResult> {
  return withEvents(context, async (events) => {
    const event = await events.drop(id, 'operator');
    return { text: `Removed: ${toLine(event)}`, json: event };
  });
}

function withEvents(
  context: CommandContext,
  action: (events: WebhookEventsService) => Promise<CommandResult>,
): Promise<CommandResult> {
  return withDatabase(context, async (options) => {
    const dataSource = await new DataSource(options).initialize();
    try {
      const reader = new WebhookEventReader(dataSource);
      return await action(new WebhookEventsService(dataSource, reader, new AuditLog()));
    } catch (error) {
      if (!(error instanceof BillingError)) throw error;
      return { text: error.detail, json: { error: error.detail }, failed: true };
    } finally {
      await dataSource.destroy();
    }
  });
}

function toLine({ event_id: id, type, state, reason, attempts, received_at: at }: WebhookEventDto): string {
  return [at, state.padEnd(10), id, type ?? '-', `attempts=${attempts}`, ...(reason === null ? [] : [reason])].join(
    '  ',
  );
}
