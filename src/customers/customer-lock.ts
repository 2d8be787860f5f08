import { type EntityManager } from 'typeorm';
import { idOf } from '../stripe/values.js';
import { type Columns } from '../sync/projection.js';
import { Customer } from './customer.entity.js';

/**
 * Locks the row of a customer until the transaction ends, and returns it. Writers of things that point at each other take
 * it before their own row, so that the second one sees what the first one wrote and they cannot deadlock.
 */
export function lockCustomer(manager: EntityManager, customerId: number): Promise<Customer> {
  return manager.findOneOrFail(Customer, { where: { id: customerId }, lock: { mode: 'pessimistic_write' } });
}

/**
 * Locks the rows of several customers until the transaction ends, always in the same order.
 * @returns our ids by the Stripe customers that they have now
 */
async function lockCustomers(
  manager: EntityManager,
  stripeCustomerIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await manager.query<{ id: number; stripe_customer_id: string }[]>(
    'SELECT id, stripe_customer_id FROM customers WHERE stripe_customer_id = ANY($1) ORDER BY id FOR UPDATE',
    [stripeCustomerIds],
  );
  return new Map(rows.map((row) => [row.stripe_customer_id, row.id]));
}

/** Our ids of the customers of Stripe's objects, by the ids of those; the customers are locked until the transaction ends. */
export async function lockOwners(
  manager: EntityManager,
  sources: readonly { id: string; customer: string | { id: string } | null }[],
): Promise<ReadonlyMap<string, number>> {
  const names = sources.map(({ customer }) => idOf(customer)).filter((id) => id !== null);
  const owners = await lockCustomers(manager, [...new Set(names)]);
  return new Map(
    sources.flatMap(({ id, customer }): [string, number][] => {
      const owner = owners.get(String(idOf(customer)));
      return owner === undefined ? [] : [[id, owner]];
    }),
  );
}

/**
 * Our id of the customer that a row belongs to once it is written.
 * @param row as it is; null: it is yet to be made
 * @param columns what is written; without a customer, the row keeps its own
 */
export function ownerOf<Row extends { customerId: number }>(row: Row | null, columns: Columns<Row>): number {
  const customerId = (columns as { customerId?: unknown }).customerId ?? row?.customerId;
  if (typeof customerId !== 'number') throw new Error('A row without a customer was about to be written');
  return customerId;
}
