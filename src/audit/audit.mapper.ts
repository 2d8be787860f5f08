import { payerName } from '../auth/payer-name.js';
import { type NamedAuditEntry } from './audit.reader.js';
import { type AuditEntryDto } from './dto/audit-entry.dto.js';

/** Row → response. */
export function toAuditEntryDto(entry: NamedAuditEntry): AuditEntryDto {
  return {
    id: entry.id,
    created_at: entry.createdAt.toISOString(),
    actor: entry.actorKind,
    actor_id: entry.actorId,
    payer: payerOf(entry),
    action: entry.action,
    object_type: entry.objectType,
    object_id: entry.objectId,
    before: entry.before,
    after: entry.after,
    request_id: entry.requestId,
  };
}

function payerOf({ userExternalId, organizationExternalId }: NamedAuditEntry): string | null {
  if (userExternalId !== null) return payerName({ kind: 'user', externalId: userExternalId });
  if (organizationExternalId === null) return null;
  return payerName({ kind: 'organization', externalId: organizationExternalId });
}
