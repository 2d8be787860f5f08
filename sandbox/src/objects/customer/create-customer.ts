import { type Context } from '../../kernel/context.js';
import { blankCustomer } from './compute-customer.js';
import { type Customer, customers } from './customer-type.js';

/** Stores a new customer and emits `customer.created`. */
export function insertCustomer(context: Context, given: Pick<Customer, 'email'> & Partial<Customer>): Customer {
  const customer = context.objects(customers).insert({ ...blankCustomer(context), ...given });
  context.emit('customer.created', customer);
  return customer;
}
