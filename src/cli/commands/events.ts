import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { BillingError } from '../../common/billing-error.js';
import { WEBHOOK_EVENT_STATES } from '../../webhooks/webhook-event.entity.js';
import { type WebhookEventDto } from '../../webhooks/dto/webhook-event.dto.js';
import { WebhookEventsService } from '../../webhooks/webhook-events.service.js';
import { type Command, type CommandResult, UsageError } from '../command.js';
import { withDatabase } from '../database.js';
import { countOf } from '../parameters.js';

type Events = WebhookEventsService;

export const eventsCommand: Command = {
  usage: `events list [--state failed] [--type invoice.paid] [--limit 20] [--after evt_…]  the newest first
events show evt_…      one event with its content and its last error
events replay evt_…    handle one event again
events replay --failed handle every failed event again`,
  run(parameters, context) {
    const { values, positionals } = parseArgs({
      args: parameters,
      allowPositionals: true,
      options: {
        state: { type: 'string' },
        type: { type: 'string' },
        limit: { type: 'string', default: '20' },
        after: { type: 'string' },
        failed: { type: 'boolean', default: false },
      },
    });
    const action = actionOf(positionals, values);
    return withDatabase(context, async (options) => {
      const dataSource = await new DataSource(options).initialize();
      try {
        return await action(new WebhookEventsService(dataSource));
      } catch (error) {
        if (!(error instanceof BillingError)) throw error;
        return { text: error.detail, json: { error: error.detail }, failed: true };
      } finally {
        await dataSource.destroy();
      }
    });
  },
};

interface Options {
  state?: string | undefined;
  type?: string | undefined;
  limit: string;
  after?: string | undefined;
  failed: boolean;
}

function actionOf([name, id, ...more]: string[], options: Options): (events: Events) => Promise<CommandResult> {
  if (more.length > 0) throw new UsageError('There are too many parameters');
  if (name === 'list' && id === undefined) return list(options);
  if (name === 'show' && id !== undefined) return (events) => show(events, id);
  if (name === 'replay' && (id !== undefined) !== options.failed)
    return (events) => (id === undefined ? replayFailed(events) : replay(events, id));
  throw new UsageError('Say what to do: list, show ID, replay ID or replay --failed');
}

function list({ state: wanted, type, limit, after }: Options): (events: Events) => Promise<CommandResult> {
  const state = WEBHOOK_EVENT_STATES.find((one) => one === wanted);
  if (wanted !== undefined && state === undefined)
    throw new UsageError(`--state must be one of ${WEBHOOK_EVENT_STATES.join(', ')}`);
  const query = {
    limit: countOf('limit', limit, 100),
    ...(state === undefined ? {} : { state }),
    ...(type === undefined ? {} : { type }),
    ...(after === undefined ? {} : { starting_after: after }),
  };
  return async (events) => {
    const { items, nextCursor } = await events.list(query);
    const more = nextCursor === null ? [] : [`More: --after ${nextCursor}`];
    const text = items.length === 0 ? 'No event' : [...items.map(toLine), ...more].join('\n');
    return { text, json: { events: items, next: nextCursor } };
  };
}

async function show(events: Events, id: string): Promise<CommandResult> {
  const { payload, last_error: error, ...event } = await events.get(id);
  const parts = [toLine(event), ...(error === null ? [] : [error]), JSON.stringify(payload, null, 2)];
  return { text: parts.join('\n\n'), json: { ...event, last_error: error, payload } };
}

async function replay(events: Events, id: string): Promise<CommandResult> {
  const event = await events.replay(id);
  return { text: toLine(event), json: event };
}

async function replayFailed(events: Events): Promise<CommandResult> {
  const result = await events.replayFailed();
  return { text: `${result.replayed} events are handled again`, json: result };
}

function toLine({ event_id: id, type, state, reason, attempts, received_at: at }: WebhookEventDto): string {
  return [at, state.padEnd(10), id, type ?? '-', `attempts=${attempts}`, ...(reason === null ? [] : [reason])].join(
    '  ',
  );
}
