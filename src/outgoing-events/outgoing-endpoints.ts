import { type EntityManager } from 'typeorm';
import { type AuditActor } from '../audit/audit-entry.entity.js';
import { AuditLog } from '../audit/audit-log.js';
import { insertRow } from '../database/returned-rows.js';
import { OutgoingEndpoint } from './outgoing-endpoint.entity.js';
import { newSecret } from './signature.js';

/** An endpoint with what waits for it. */
export type EndpointState = Omit<OutgoingEndpoint, 'secret'> & {
  /** Events that are still to be delivered. */
  waiting: number;
  /** Events that were given up. */
  failed: number;
};

/** Which events are delivered again: those that were given up, or all after a position, delivered or not. */
export type ReplayWish = { failed: true } | { after: string };

const audit = new AuditLog();
type Change = 'created' | 'enabled' | 'disabled' | 'removed' | 'replayed';

/** The endpoints of the host's programs: for administrators. Each call belongs in a transaction. */
export const outgoingEndpoints = {
  /** Makes an endpoint, whose secret can be shown this once. The address was checked. */
  async add(
    manager: EntityManager,
    { url, types }: Pick<OutgoingEndpoint, 'url' | 'types'>,
    by?: AuditActor,
  ): Promise<OutgoingEndpoint> {
    const row = await insertRow(manager, OutgoingEndpoint, { url, types, secret: newSecret() });
    await note(manager, by, 'created', row.id, { types });
    return row;
  },

  list(manager: EntityManager): Promise<EndpointState[]> {
    return manager.query<EndpointState[]>(
      `SELECT endpoint.id, endpoint.created_at AS "createdAt", url, types, enabled,
         count(delivery.id) FILTER (WHERE failed_at IS NULL)::int AS waiting, count(failed_at)::int AS failed
       FROM outgoing_endpoints endpoint LEFT JOIN outgoing_deliveries delivery ON delivery.endpoint_id = endpoint.id
       GROUP BY endpoint.id ORDER BY endpoint.id`,
    );
  },

  /** Stops the deliveries, or has them go on; null when the endpoint is unknown. */
  async setEnabled(
    manager: EntityManager,
    id: number,
    enabled: boolean,
    by?: AuditActor,
  ): Promise<EndpointState | null> {
    const { affected } = await manager.update(OutgoingEndpoint, { id, enabled: !enabled }, { enabled });
    if (affected === 1) await note(manager, by, enabled ? 'enabled' : 'disabled', id);
    return (await outgoingEndpoints.list(manager)).find((endpoint) => endpoint.id === id) ?? null;
  },

  /** Removes an endpoint and what waits for it; false when it is unknown. */
  async remove(manager: EntityManager, id: number, by?: AuditActor): Promise<boolean> {
    const { affected } = await manager.delete(OutgoingEndpoint, { id });
    if (affected !== 1) return false;
    await note(manager, by, 'removed', id);
    return true;
  },

  /** Has events delivered again, each payer's in its order; null when the endpoint is unknown, else how many. */
  async replay(manager: EntityManager, id: number, wish: ReplayWish, by?: AuditActor): Promise<number | null> {
    if (!(await manager.existsBy(OutgoingEndpoint, { id }))) return null;
    const [again] = await ('failed' in wish
      ? manager.query<[{ count: number }]>(
          `WITH wanted AS (
             UPDATE outgoing_deliveries SET ${ANEW} WHERE endpoint_id = $1 AND failed_at IS NOT NULL RETURNING id)
           SELECT count(*)::int AS count FROM wanted`,
          [id],
        )
      : manager.query<[{ count: number }]>(
          `WITH wanted AS (
             INSERT INTO outgoing_deliveries (endpoint_id, event_id, payer)
             SELECT endpoint.id, event.id, ${PAYER} FROM outgoing_endpoints endpoint JOIN outgoing_events event ON ${WANTED}
             WHERE endpoint.id = $1 AND event.position > $2 ORDER BY event.id
             ON CONFLICT (endpoint_id, event_id) DO UPDATE SET ${ANEW}
             RETURNING id)
           SELECT count(*)::int AS count FROM wanted`,
          [id, wish.after],
        ));
    await note(manager, by, 'replayed', id, { ...wish });
    return again.count;
  },
};

/** SQL: whose an event is, as one number; 0: it concerns them all. */
export const PAYER = 'coalesce(event.user_id, -event.organization_id, 0)';
/** SQL: the endpoint takes events of the type. */
export const WANTED = '(endpoint.types IS NULL OR endpoint.types ? event.type)';
const ANEW = `attempts = 0, first_attempt_at = NULL, next_attempt_at = now(), failed_at = NULL, leased_until = NULL,
  leased_by = NULL`;

function note(
  manager: EntityManager,
  by: AuditActor | undefined,
  what: Change,
  id: number,
  after?: Record<string, unknown>,
): Promise<void> {
  const record = { action: `outgoing_endpoint.${what}`, object: { type: 'outgoing_endpoint', id } };
  return audit.write(manager, {
    ...record,
    ...(after === undefined ? {} : { after }),
    ...(by === undefined ? {} : { by }),
  });
}
