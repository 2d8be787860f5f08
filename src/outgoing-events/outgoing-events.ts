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

  /** One statement for all types. */
  async write(manager: EntityManager, { types, of, object, data, source }: OutgoingEventRecord): Promise<void> {
    if (types.length === 0) return;
    const payer = of !== null && 'kind' in of ? of : null;
    await manager.query(
      `INSERT INTO outgoing_events (type, user_id, organization_id, object_type, object_id, stripe_id, data, source)
       SELECT type, coalesce($2, customer.user_id), coalesce($3, customer.organization_id), $4, $5, $6, $7, $8
       FROM (SELECT $9::integer AS id) wanted LEFT JOIN customers customer USING (id),
         unnest($1::text[]) WITH ORDINALITY AS told (type, place)
       ORDER BY place ON CONFLICT (source, type) DO NOTHING`,
      [
        types,
        payer?.kind === 'user' ? payer.id : null,
        payer?.kind === 'organization' ? payer.id : null,
        object.type,
        object.id,
        object.stripeId,
        data,
        source ?? null,
        of !== null && 'customerId' in of ? of.customerId : null,
      ],
    );
    this.announce();
  }

  /** To be called for events that were written otherwise. */
  announce(): void {
    this.onWrite();
  }

  private async hear(manager: EntityManager, written: Written): Promise<void> {
    const { kind, id, stripeId, customerId, before, facts } = written;
    const data = { object: facts, previous: previousOf(before, facts) };
    await this.write(manager, {
      types: eventsOf(written),
      of: { customerId },
      object: { type: kind, id, stripeId },
      data,
    });
  }
}
