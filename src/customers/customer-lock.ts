import { type EntityManager } from 'typeorm';
import { Customer } from './customer.entity.js';

/**
 * Locks the row of a customer until the transaction ends, and returns it. Writers of things that point at each other take
 * it before their own row, so that the second one sees what the first one wrote and they cannot deadlock.
 */
export function lockCustomer(manager: EntityManager, customerId: number): Promise<Customer> {
  return manager.findOneOrFail(Customer, { where: { id: customerId }, lock: { mode: 'pessimistic_write' } });
}
