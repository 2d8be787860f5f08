import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { ownerColumn, type PayerKey } from '../auth/payer.js';
import { Retention } from '../common/retention.js';
import { Transactions } from '../database/transactions.js';
import { PERSONAL_FACTS, withoutPersonalData } from './personal-data.js';

const AT_ONCE = 200;

/** An object of facts with what is personal null, whatever of it there is. */
const blanked = (facts: string) => `CASE jsonb_typeof(${facts}) WHEN 'object' THEN ${facts} ||
  (SELECT coalesce(jsonb_object_agg(key, NULL), '{}') FROM jsonb_object_keys(${facts}) key WHERE key = ANY($2))
  ELSE ${facts} END`;

interface ClosedPayer extends PayerKey {
  customerId: number | null;
}

/**
 * Removes what is personal from what was told of a payer that is closed, what Stripe told and what it was sent. What comes in after
 * the closing (Stripe keeps the address on invoices that were made) is blanked within the hour.
 */
@Injectable()
export class PersonalDataRemoval extends Retention {
  constructor(private readonly transactions: Transactions) {
    super('Personal data of closed payers');
  }

  /** @returns the number of rows that had something personal */
  async blank(manager: EntityManager, payer: PayerKey, customerId: number | null): Promise<number> {
    const [, told] = await manager.query<[unknown[], number]>(
      `UPDATE outgoing_events SET data = new.data FROM (
         SELECT id, jsonb_build_object('object', ${blanked(`data->'object'`)}, 'previous', ${blanked(`data->'previous'`)}) AS data
         FROM outgoing_events WHERE ${ownerColumn(payer)} = $1) new
       WHERE new.id = outgoing_events.id AND new.data <> outgoing_events.data`,
      [payer.id, PERSONAL_FACTS],
    );
    if (customerId === null) return told;
    // What was sent to Stripe; nothing asks for it once the operation is over.
    const [, sent] = await manager.query<[unknown[], number]>(
      `UPDATE stripe_operations SET steps = '{}' WHERE customer_id = $1 AND state <> 'open' AND steps::text <> '{}'`,
      [customerId],
    );
    return told + sent + (await blankInbox(manager, customerId));
  }

  protected trim(): Promise<number> {
    return this.transactions.run(async (manager) => {
      const late = await manager.query<ClosedPayer[]>(LATE);
      let rows = 0;
      for (const payer of late) rows += await this.blank(manager, payer, payer.customerId);
      return rows;
    });
  }
}

/** Closed payers of whom something was told, or came in, after that; by the indexes of their own events. */
const late = (kind: PayerKey['kind'], table: string, owner: string) => `
  SELECT '${kind}' AS kind, closed.id, customer.id AS "customerId"
  FROM ${table} closed LEFT JOIN customers customer ON customer.${owner} = closed.id
  WHERE closed.closed_at IS NOT NULL AND (
    EXISTS (SELECT FROM outgoing_events event WHERE event.${owner} = closed.id AND event.created_at >= closed.closed_at)
    OR EXISTS (SELECT FROM webhook_events event
      WHERE event.stripe_customer_id = customer.stripe_customer_id AND event.received_at >= closed.closed_at))`;
const LATE = `${late('user', 'users', 'user_id')} UNION ALL ${late('organization', 'organizations', 'organization_id')}`;

async function blankInbox(manager: EntityManager, customerId: number): Promise<number> {
  let rows = 0;
  for (let after = '0'; ;) {
    const events = await manager.query<{ id: string; payload: Buffer }[]>(
      `SELECT id, payload FROM webhook_events WHERE id > $2 AND stripe_customer_id IN (
         SELECT stripe_customer_id FROM customers WHERE id = $1
         UNION SELECT stripe_customer_id FROM former_stripe_customers WHERE customer_id = $1)
       ORDER BY id LIMIT ${AT_ONCE}`,
      [customerId, after],
    );
    for (const { id, payload } of events) {
      after = id;
      const blank = withoutPersonalData(payload);
      if (blank === null) continue;
      await manager.query('UPDATE webhook_events SET payload = $2 WHERE id = $1', [id, blank]);
      rows += 1;
    }
    if (events.length < AT_ONCE) return rows;
  }
}
