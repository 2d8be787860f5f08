import { type Context } from '../../kernel/context.js';
import { type Customer, customers } from './customer-type.js';

/** Removes a customer and what belongs to it; emits `customer.deleted`. */
export function removeCustomer(context: Context, customer: Customer): void {
  context.beforeRemoval(customer);
  const current = context.objects(customers).require(customer.id);
  context.objects(customers).remove(customer.id);
  context.emit('customer.deleted', current);
}
