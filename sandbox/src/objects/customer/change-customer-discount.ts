import { type Context } from '../../kernel/context.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { type Discount } from '../discount/discount-type.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { type Customer, customers } from './customer-type.js';

/** Takes the discount off a customer and emits `customer.discount.deleted` and `customer.updated`. */
export function endCustomerDiscount(context: Context, customer: Customer, discount: Discount): void {
  const after = context.objects(customers).update(customer.id, { discount: null });
  context.emit('customer.discount.deleted', discount);
  context.emitUpdated('customer.updated', customer, after);
}

/**
 * Gives a customer the discount that a coupon makes, in place of the one it has (`customer.discount.updated`), or takes
 * it off (null). Returns the customer as it is then; its own `customer.updated` is left to the caller.
 */
export function changeCustomerDiscount(context: Context, customer: Customer, coupon: string | null): Customer {
  const before = customer.discount ?? null;
  if (coupon === null) {
    if (before !== null) context.emit('customer.discount.deleted', before);
    return context.objects(customers).update(customer.id, { discount: null });
  }
  const [discount] = computeDiscounts(
    context,
    [{ coupon }],
    { customer: customer.id, currency: customer.currency ?? null },
    'coupon',
  );
  if (discount === undefined) return customer;
  redeemDiscounts(context, [discount], before ?? undefined);
  return context.objects(customers).update(customer.id, { discount });
}
