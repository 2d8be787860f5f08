import { type EntityManager } from 'typeorm';
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
 * Our id of the customer that a row belongs to once it is written.
 * @param row as it is; null: it is yet to be made
 * @param columns what is written; without a customer, the row keeps its own
 */
export function ownerOf<Row extends { customerId: number }>(row: Row | null, columns: Columns<Row>): number {
  const customerId = (columns as { customerId?: unknown }).customerId ?? row?.customerId;
  if (typeof customerId !== 'number') throw new Error('A row without a customer was about to be written');
  return customerId;
}
