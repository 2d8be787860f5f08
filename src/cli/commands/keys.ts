import { DataSource, type EntityManager } from 'typeorm';
import { type ServiceKey, SCOPES } from '../../auth/service-key.entity.js';
import { type IssuedServiceKey, ServiceKeys } from '../../auth/service-keys.service.js';
import { AuditLog } from '../../audit/audit-log.js';
import { type CommandContext, type CommandResult, UsageError } from '../command.js';
import { withDatabase } from '../database.js';

const ONCE = 'Keep it now: it is shown this once.';

/** Makes a service key. */
export function createKey(
  context: CommandContext,
  { name, scope: wanted, days }: { name: string; scope: string; days?: number | undefined },
): Promise<CommandResult> {
  const scope = SCOPES.find((one) => one === wanted);
  if (scope === undefined) throw new UsageError(`--scope must be one of ${SCOPES.join(', ')}`);
  return withKeys(context, async (keys, manager) => {
    const made = await keys.create(manager, { name, scope, days: days ?? null });
    await note(manager, 'created', made.row.id, toLimits(made.row));
    return issued(made);
  });
}

/** Lists the keys, the newest first. */
export function listKeys(context: CommandContext): Promise<CommandResult> {
  return withKeys(context, async (keys, manager) => {
    const rows = await keys.list(manager);
    return { text: rows.length === 0 ? 'No key' : rows.map(toLine).join('\n'), json: { keys: rows.map(toJson) } };
  });
}

/** Replaces a key; both are valid for a while. */
export function rotateKey(context: CommandContext, id: number, hours: number): Promise<CommandResult> {
  return withKeys(context, async (keys, manager) => {
    const made = await keys.rotate(manager, id, hours);
    if (made === null) return refused(`There is no valid key ${id}`);
    await note(manager, 'rotated', id, { replaced_by: made.row.id });
    await note(manager, 'created', made.row.id, toLimits(made.row));
    const { text, json } = issued(made);
    return { text: `${text}\nKey ${id} ends within ${hours} hours.`, json };
  });
}

/** Makes a key invalid at once. */
export function revokeKey(context: CommandContext, id: number): Promise<CommandResult> {
  return withKeys(context, async (keys, manager) => {
    if (!(await keys.revoke(manager, id))) return refused(`There is no key ${id}`);
    await note(manager, 'revoked', id);
    return { text: `Revoked key ${id}`, json: { revoked: id } };
  });
}

function withKeys(
  context: CommandContext,
  action: (keys: ServiceKeys, manager: EntityManager) => Promise<CommandResult>,
): Promise<CommandResult> {
  return withDatabase(context, async (options) => {
    const dataSource = await new DataSource(options).initialize();
    try {
      return await dataSource.transaction((manager) => action(new ServiceKeys(dataSource), manager));
    } finally {
      await dataSource.destroy();
    }
  });
}

function note(manager: EntityManager, what: string, id: number, after?: Record<string, unknown>): Promise<void> {
  const object = { type: 'service_key', id };
  const record = { action: `service_key.${what}`, object, by: 'operator' as const };
  return new AuditLog().write(manager, { ...record, ...(after === undefined ? {} : { after }) });
}

function toLimits({ scope, expiresAt }: ServiceKey): Record<string, unknown> {
  return { scope, expires_at: expiresAt?.toISOString() ?? null };
}

function issued({ row, secret }: IssuedServiceKey): CommandResult {
  return { text: `${secret}\n${toLine(row)}\n${ONCE}`, json: { ...toJson(row), key: secret } };
}

function refused(error: string): CommandResult {
  return { text: error, json: { error }, failed: true };
}

function toJson({ id, name, scope, createdAt, expiresAt, revokedAt, lastUsedAt }: ServiceKey) {
  return {
    id,
    name,
    scope,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    revoked_at: revokedAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}

function toLine(key: ServiceKey): string {
  const { id, name, scope, created_at, ...times } = toJson(key);
  const told = Object.entries(times).flatMap(([what, at]) => (at === null ? [] : [`${what.replace('_at', '')} ${at}`]));
  return [String(id).padStart(4), created_at, scope.padEnd(5), name, ...told].join('  ');
}
