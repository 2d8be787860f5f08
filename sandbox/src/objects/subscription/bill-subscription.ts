import { type Context } from '../../kernel/context.js';
import { coupons } from '../coupon/coupon-type.js';
import { endCustomerDiscount } from '../customer/change-customer-discount.js';
import { customers } from '../customer/customer-type.js';
import { discounts } from '../discount/discount-type.js';
import { debitsAfter } from '../invoice/compute-subscription-invoice.js';
import { type Invoice } from '../invoice/invoice-type.js';
import { type Subscription, withState } from './subscription-type.js';

/** Whether a discount is used up by an invoice that it took something off. */
function isUsedUp(context: Context, id: string, invoice: Invoice): boolean {
  const discount = context.objects(discounts).get(id);
  if (discount === undefined) return true;
  const coupon = context.objects(coupons).get(discount.source.coupon ?? '');
  if (coupon?.duration !== 'once') return discount.end !== null && discount.end <= context.now();
  return (invoice.total_discount_amounts ?? []).some((entry) => entry.discount === id && entry.amount > 0);
}

/** Ends the discount of the customer that an invoice used up. */
function endUsedCustomerDiscount(context: Context, invoice: Invoice): void {
  const customer = context.objects(customers).get(invoice.customer ?? '');
  if (customer?.discount && isUsedUp(context, customer.discount.id, invoice)) {
    endCustomerDiscount(context, customer, customer.discount);
  }
}

/** The subscription without the discounts that ended or were used up by an invoice; emits `customer.discount.deleted`. */
function withoutUsedDiscounts(context: Context, subscription: Subscription, invoice: Invoice): Subscription {
  const used = subscription.discounts.filter((id) => isUsedUp(context, id, invoice));
  if (used.length === 0) return subscription;
  for (const id of used) {
    const discount = context.objects(discounts).get(id);
    if (discount !== undefined) context.emit('customer.discount.deleted', discount);
  }
  return { ...subscription, discounts: subscription.discounts.filter((id) => !used.includes(id)) };
}

/** The subscription after a new invoice: what was debited, which discounts are left, its latest invoice. */
export function billedBy(context: Context, subscription: Subscription, invoice: Invoice): Subscription {
  endUsedCustomerDiscount(context, invoice);
  const lighter = withoutUsedDiscounts(context, subscription, invoice);
  return withState(
    { ...lighter, latest_invoice: invoice.id },
    { debits: debitsAfter(subscription.sandbox.debits, invoice) },
  );
}
