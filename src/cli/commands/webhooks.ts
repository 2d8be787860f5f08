import { DataSource, type EntityManager } from 'typeorm';
import { AppConfig } from '../../config/app-config.js';
import { refusalOfAddress } from '../../outgoing-events/endpoint-address.js';
import { OUTGOING_EVENT_TYPES, type OutgoingEventType } from '../../outgoing-events/event-types.js';
import { toNewOutgoingEndpointDto, toOutgoingEndpointDto } from '../../outgoing-events/outgoing-endpoint.mapper.js';
import { type OutgoingEndpointDto } from '../../outgoing-events/dto/outgoing-endpoint.dto.js';
import { outgoingEndpoints } from '../../outgoing-events/outgoing-endpoints.js';
import { type CommandContext, type CommandResult, UsageError } from '../command.js';
import { withDatabase } from '../database.js';

/** Adds an endpoint of outgoing events. */
export function addWebhook(
  context: CommandContext,
  { url, types }: { url: string; types?: string | undefined },
): Promise<CommandResult> {
  const wanted = types?.split(',').map((type) => typeOf(type.trim())) ?? null;
  const { NODE_ENV, STRIPE_SECRET_KEY: key = '' } = AppConfig.checkGiven(context.environment);
  const livemode = /^(sk|rk)_live_/.test(key);
  const refusal = refusalOfAddress(url, { production: livemode || NODE_ENV === 'production', livemode });
  if (refusal !== null) throw new UsageError(`--url ${refusal}`);
  return withManager(context, async (manager) => {
    const made = toNewOutgoingEndpointDto(await outgoingEndpoints.add(manager, { url, types: wanted }, 'operator'));
    return { text: `${made.secret}\n${toLine(made)}\nKeep the secret now: it is shown this once.`, json: made };
  });
}

/** Lists the endpoints, and what waits for each. */
export function listWebhooks(context: CommandContext): Promise<CommandResult> {
  return withManager(context, async (manager) => {
    const endpoints = (await outgoingEndpoints.list(manager)).map(toOutgoingEndpointDto);
    return { text: endpoints.length === 0 ? 'No endpoint' : endpoints.map(toLine).join('\n'), json: { endpoints } };
  });
}

/** Stops the deliveries to an endpoint, or has them go on. */
export function enableWebhook(context: CommandContext, id: number, enabled: boolean): Promise<CommandResult> {
  return withManager(context, async (manager) => {
    const changed = await outgoingEndpoints.setEnabled(manager, id, enabled, 'operator');
    if (changed === null) return unknown(id);
    const endpoint = toOutgoingEndpointDto(changed);
    return { text: toLine(endpoint), json: endpoint };
  });
}

/** Removes an endpoint with what waits for it. */
export function removeWebhook(context: CommandContext, id: number): Promise<CommandResult> {
  return withManager(context, async (manager) =>
    (await outgoingEndpoints.remove(manager, id, 'operator'))
      ? { text: `Removed endpoint ${id}`, json: { removed: id } }
      : unknown(id),
  );
}

/** Has events delivered again: those that were given up, or all after one. */
export function replayWebhook(context: CommandContext, id: number, after: string | undefined): Promise<CommandResult> {
  if (after !== undefined && !/^\d{1,18}$/.test(after)) throw new UsageError('--after must be the id of an event');
  return withManager(context, async (manager) => {
    const queued = await outgoingEndpoints.replay(
      manager,
      id,
      after === undefined ? { failed: true } : { after },
      'operator',
    );
    return queued === null ? unknown(id) : { text: `${queued} events are delivered again`, json: { queued } };
  });
}

function withManager(
  context: CommandContext,
  action: (manager: EntityManager) => Promise<CommandResult>,
): Promise<CommandResult> {
  return withDatabase(context, async (options) => {
    const dataSource = await new DataSource(options).initialize();
    try {
      return await dataSource.transaction(action);
    } finally {
      await dataSource.destroy();
    }
  });
}

function typeOf(text: string): OutgoingEventType {
  const type = OUTGOING_EVENT_TYPES.find((known) => known === text);
  if (type === undefined) throw new UsageError(`--types must be of ${OUTGOING_EVENT_TYPES.join(', ')}`);
  return type;
}

function unknown(id: number): CommandResult {
  const error = `There is no endpoint ${id}`;
  return { text: error, json: { error }, failed: true };
}

function toLine({ id, url, types, enabled, waiting, failed }: OutgoingEndpointDto): string {
  const state = enabled ? [] : ['disabled'];
  return [
    String(id).padStart(4),
    url,
    types?.join(',') ?? 'all',
    ...state,
    `waiting ${waiting}`,
    `failed ${failed}`,
  ].join('  ');
}
