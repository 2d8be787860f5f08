import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { type PayerKey } from '../auth/payer.js';
import { WriteListeners, type Written } from '../sync/write-listeners.js';
import { eventsOf, type OutgoingEventType, previousOf } from './event-types.js';
import { type OutgoingEventData } from './outgoing-event.entity.js';

/** An event that is to be told. */
export interface OutgoingEventRecord {
  types: readonly OutgoingEventType[];
  /** Whose it is: a payer, or that of a customer; null for what concerns them all. */
  of: PayerKey | { customerId: number } | null;
  object: { type: string; id: number | null; stripeId: string | null };
  data: OutgoingEventData;
  /** Stripe's event that it comes of: told once. Absent for what is written with its change. */
  source?: string;
}

/** What the host's programs are told of. Each event is written in the transaction of its change: both happen or neither. */
@Injectable()
export class OutgoingEvents {
  private onWrite: () => void = () => undefined;

  constructor(listeners: WriteListeners) {
    listeners.register((manager, written) => this.hear(manager, written));
  }

  /** @param signal called for every write, before its transaction is committed */
  onEvent(signal: () => void): void {
    this.onWrite = signal;
  }

  /** One statement for all records and types, in their order. */
  async write(manager: EntityManager, ...records: readonly OutgoingEventRecord[]): Promise<void> {
    const told = records.flatMap((record) => record.types.map((type) => toRow(record, type)));
    if (told.length === 0) return;
    await manager.query(
      `INSERT INTO outgoing_events (type, user_id, organization_id, object_type, object_id, stripe_id, data, source)
       SELECT told.type, coalesce(told.user_id, customer.user_id), coalesce(told.organization_id, customer.organization_id),
         told.object_type, told.object_id, told.stripe_id, told.data, told.source
       FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (type text, user_id integer, organization_id integer,
           customer_id integer, object_type text, object_id integer, stripe_id text, data jsonb, source text))
         WITH ORDINALITY AS told (type, user_id, organization_id, customer_id, object_type, object_id, stripe_id, data,
           source, place)
         LEFT JOIN customers customer ON customer.id = told.customer_id
       ORDER BY told.place ON CONFLICT (source, type) DO NOTHING`,
      [JSON.stringify(told)],
    );
    this.announce();
  }

  /** To be called for events that were written otherwise. */
  announce(): void {
    this.onWrite();
  }

  private hear(manager: EntityManager, written: readonly Written[]): Promise<void> {
    return this.write(manager, ...written.map(toRecord));
  }
}

function toRecord(written: Written): OutgoingEventRecord {
  const { kind, id, stripeId, customerId, before, facts } = written;
  return {
    types: eventsOf(written),
    of: { customerId },
    object: { type: kind, id, stripeId },
    data: { object: facts, previous: previousOf(before, facts) },
  };
}

function toRow({ of, object, data, source }: OutgoingEventRecord, type: OutgoingEventType) {
  const payer = of !== null && 'kind' in of ? of : null;
  return {
    type,
    user_id: payer?.kind === 'user' ? payer.id : null,
    organization_id: payer?.kind === 'organization' ? payer.id : null,
    customer_id: of !== null && 'customerId' in of ? of.customerId : null,
    object_type: object.type,
    object_id: object.id,
    stripe_id: object.stripeId,
    data,
    source: source ?? null,
  };
}
