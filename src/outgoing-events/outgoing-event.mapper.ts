import { payerName } from '../auth/payer-name.js';
import { type OutgoingEventDto } from './dto/outgoing-event.dto.js';
import { type NumberedEvent } from './outgoing-events.reader.js';

/** Row → what is told, by the route and in a delivery alike. */
export function toOutgoingEventDto(event: NumberedEvent): OutgoingEventDto {
  return {
    id: event.position,
    type: event.type,
    created_at: event.createdAt.toISOString(),
    payer: payerOf(event),
    sequence: Number(event.sequence),
    object_type: event.objectType,
    object_id: event.objectId,
    stripe_id: event.stripeId,
    data: event.data,
  };
}

function payerOf({ userExternalId: user, organizationExternalId: organization }: NumberedEvent): string | null {
  if (user !== null) return payerName({ kind: 'user', externalId: user });
  return organization === null ? null : payerName({ kind: 'organization', externalId: organization });
}
