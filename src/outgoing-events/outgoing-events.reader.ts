import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ownerColumn, type PayerKey } from '../auth/payer.js';
import { type OutgoingEvent } from './outgoing-event.entity.js';

/** An event that has its numbers, with the name of its payer. */
export type NumberedEvent = Omit<OutgoingEvent, 'id' | 'position' | 'sequence' | 'source'> & {
  position: string;
  sequence: string;
  userExternalId: string | null;
  organizationExternalId: string | null;
};

/** The columns of an event with its payer, from `outgoing_events event` and what PAYERS joins to it. */
export const EVENT_COLUMNS = `event.position, event.sequence, event.type, event.created_at AS "createdAt",
  event.user_id AS "userId", event.organization_id AS "organizationId", event.object_type AS "objectType",
  event.object_id AS "objectId", event.stripe_id AS "stripeId", event.data,
  person.external_id AS "userExternalId", organization.external_id AS "organizationExternalId"`;
export const PAYERS = `LEFT JOIN users person ON person.id = event.user_id
  LEFT JOIN organizations organization ON organization.id = event.organization_id`;

/** Reads of `outgoing_events`. */
@Injectable()
export class OutgoingEventsReader {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The events that have their numbers, oldest first.
   * @param payer null: everybody's
   * @param after position of the last event that is known
   */
  list(payer: PayerKey | null, after: string, limit: number): Promise<NumberedEvent[]> {
    const own = payer === null ? '' : `AND event.${ownerColumn(payer)} = $3`;
    return this.dataSource.query<NumberedEvent[]>(
      `SELECT ${EVENT_COLUMNS} FROM outgoing_events event ${PAYERS}
       WHERE event.position > $1 ${own} ORDER BY event.position LIMIT $2`,
      [after, limit, ...(payer === null ? [] : [payer.id])],
    );
  }
}
