import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type ParsedPayer } from '../auth/payer-name.js';
import { type AuditEntry } from './audit-entry.entity.js';

/** Which entries are wanted. */
export interface AuditSelection {
  limit: number;
  payer: ParsedPayer | null;
  object: { type: string; id: string } | null;
  /** Id of the entry that the page before ended with. */
  before: string | null;
}

/** An entry with the names that its ids have. */
export type NamedAuditEntry = AuditEntry & {
  userExternalId: string | null;
  organizationExternalId: string | null;
};

/** Reads of `audit_log`. */
@Injectable()
export class AuditReader {
  constructor(private readonly dataSource: DataSource) {}

  /** The entries, newest first. */
  list({ limit, payer, object, before }: AuditSelection): Promise<NamedAuditEntry[]> {
    return this.dataSource.query<NamedAuditEntry[]>(
      `SELECT entry.id, entry.created_at AS "createdAt", actor_kind AS "actorKind", actor_id AS "actorId", action,
         object_type AS "objectType", object_id AS "objectId", before, after, request_id AS "requestId",
         person.external_id AS "userExternalId", organization.external_id AS "organizationExternalId"
       FROM audit_log entry
       LEFT JOIN users person ON person.id = entry.user_id
       LEFT JOIN organizations organization ON organization.id = entry.organization_id
       WHERE ($1::text IS NULL OR entry.user_id = (SELECT id FROM users WHERE external_id = $1))
         AND ($2::text IS NULL OR entry.organization_id = (SELECT id FROM organizations WHERE external_id = $2))
         AND ($3::text IS NULL OR (object_type = $3 AND object_id = $4))
         AND ($5::bigint IS NULL OR entry.id < $5)
       ORDER BY entry.id DESC LIMIT $6`,
      [
        payer?.kind === 'user' ? payer.externalId : null,
        payer?.kind === 'organization' ? payer.externalId : null,
        object?.type ?? null,
        object?.id ?? null,
        before,
        limit,
      ],
    );
  }
}
