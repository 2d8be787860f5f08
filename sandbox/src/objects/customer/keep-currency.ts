import { type Context } from '../../kernel/context.js';
import { type Customer, customers } from './customer-type.js';

/** The customer with the currency that its first subscription fixes; emits `customer.updated` when it had none. */
export function keepCurrency(context: Context, customer: Customer, currency: string): Customer {
  if (customer.currency) return customer;
  const after = context.objects(customers).update(customer.id, { currency });
  context.emitUpdated('customer.updated', customer, after);
  return after;
}
