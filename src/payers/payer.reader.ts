import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type IdentifiedPayer, type PayerKey } from '../auth/payer.js';
import { type ParsedPayer } from '../auth/payer-name.js';

/** A payer with its customer, as it stands in the tables. */
export interface PayerRow extends IdentifiedPayer {
  isActive: boolean;
  closedAt: Date | null;
  name: string | null;
  email: string | null;
  customerId: number | null;
  stripeCustomerId: string | null;
}

/** Which payers are wanted; one of these is set. */
export interface PayerSelection {
  payer?: ParsedPayer;
  stripeCustomerId?: string;
  email?: string;
}

const LIMIT = 100;

/** Persons and organizations in one form, each with its customer if it has one. */
const PAYERS = `SELECT payer.kind, payer.id, payer.external_id AS "externalId", payer.is_active AS "isActive",
    payer.closed_at AS "closedAt", payer.name, coalesce(nullif(customer.email, ''), payer.email) AS email,
    customer.id AS "customerId", customer.stripe_customer_id AS "stripeCustomerId"
  FROM (
    SELECT 'user' AS kind, id, external_id, is_active, closed_at, email,
      nullif(concat_ws(' ', first_name, last_name), '') AS name, id AS user_id, NULL::integer AS organization_id FROM users
    UNION ALL
    SELECT 'organization', id, external_id, is_active, closed_at, NULL, name, NULL, id FROM organizations
  ) payer
  LEFT JOIN customers customer
    ON customer.user_id = payer.user_id OR customer.organization_id = payer.organization_id`;

/** Reads of payers for operators. */
@Injectable()
export class PayerReader {
  constructor(private readonly dataSource: DataSource) {}

  async find(payer: ParsedPayer, manager: EntityManager = this.dataSource.manager): Promise<PayerRow | null> {
    const [row] = await manager.query<PayerRow[]>(`${PAYERS} WHERE payer.kind = $1 AND payer.external_id = $2`, [
      payer.kind,
      payer.externalId,
    ]);
    return row ?? null;
  }

  async list({ payer, stripeCustomerId, email }: PayerSelection): Promise<PayerRow[]> {
    if (payer !== undefined) {
      const row = await this.find(payer);
      return row === null ? [] : [row];
    }
    return stripeCustomerId === undefined
      ? this.dataSource.query<PayerRow[]>(
          `${PAYERS} WHERE payer.email = $1 OR customer.email = $1 ORDER BY payer.kind, payer.id LIMIT ${LIMIT}`,
          [email],
        )
      : this.dataSource.query<PayerRow[]>(
          `${PAYERS} WHERE customer.stripe_customer_id = $1
             OR customer.id = (SELECT customer_id FROM former_stripe_customers WHERE stripe_customer_id = $1)`,
          [stripeCustomerId],
        );
  }
}

/** The table of a payer's own row. */
export function tableOf({ kind }: Pick<PayerKey, 'kind'>): 'users' | 'organizations' {
  return kind === 'user' ? 'users' : 'organizations';
}
