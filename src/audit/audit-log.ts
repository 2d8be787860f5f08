import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { currentRequestContext } from '../common/request-context.js';
import { type PayerKey } from '../auth/payer.js';
import { type AuditActor } from './audit-entry.entity.js';

/** What is to be remembered of a change: ids, statuses and times, nothing about a person. */
export interface AuditRecord {
  /** For example `subscription.canceled`. */
  action: string;
  object: { type: string; id: string | number };
  /** On whose behalf: a payer, or that of a customer; absent for what concerns no payer. */
  of?: PayerKey | { customerId: number };
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Default: whoever sends the request; without one, recovery. */
  by?: AuditActor;
}

/** The log of what was changed, by whom and for whom. Each row is written in the transaction of its change. */
@Injectable()
export class AuditLog {
  async write(manager: EntityManager, record: AuditRecord): Promise<void> {
    const { action, object, of, before = null, after = null, by } = record;
    const { actor, requestId = null } = currentRequestContext() ?? {};
    const payer = of !== undefined && 'kind' in of ? of : null;
    await manager.query(
      `INSERT INTO audit_log (actor_kind, actor_id, user_id, organization_id, action, object_type, object_id, before, after,
         request_id)
       SELECT $1, $2, coalesce($3, customer.user_id), coalesce($4, customer.organization_id), $5, $6, $7, $8, $9, $10
       FROM (SELECT $11::integer AS id) wanted LEFT JOIN customers customer USING (id)`,
      [
        by ?? actor?.kind ?? 'recovery',
        by === undefined ? (actor?.id ?? null) : null,
        payer?.kind === 'user' ? payer.id : null,
        payer?.kind === 'organization' ? payer.id : null,
        action,
        object.type,
        String(object.id),
        before,
        after,
        requestId,
        of !== undefined && 'customerId' in of ? of.customerId : null,
      ],
    );
  }

  /** The same, to run with the write of a projection. */
  with(record: AuditRecord): (manager: EntityManager) => Promise<void> {
    return (manager) => this.write(manager, record);
  }
}
