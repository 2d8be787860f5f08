import type Stripe from 'stripe';
import { expanded, idOf } from '../../stripe/values.js';

/** Key in the metadata of an invoice item: the item that it stands for, which went with a voided invoice. */
export const STANDS_FOR = 'stands_for_item';

/** Seconds by which the prorations of a change may be older than the invoice that it makes. */
const SAME_CHANGE_SECONDS = 2;

/**
 * True for an item that had waited for the customer's next invoice, and was on this one by chance: everything but the
 * prorations that the change itself made.
 * @param item with its invoice expanded
 */
export function hadWaited({ proration, date, invoice }: Pick<Stripe.InvoiceItem, 'proration' | 'date' | 'invoice'>) {
  const created = expanded(invoice)?.created;
  return !proration || (created !== undefined && date < created - SAME_CHANGE_SECONDS);
}

/**
 * The parameters of an item that is billed in the place of another.
 * @param item with its discounts expanded
 */
export function toReplacement(item: Stripe.InvoiceItem): Stripe.InvoiceItemCreateParams {
  const subscription = idOf(item.parent?.subscription_details?.subscription);
  const coupons = (item.discounts ?? []).flatMap((discount) => idOf(expanded(discount)?.source.coupon) ?? []);
  const taxRates = (item.tax_rates ?? []).map(({ id }) => id);
  return {
    customer: idOf(item.customer),
    amount: item.amount,
    currency: item.currency,
    period: { start: item.period.start, end: item.period.end },
    discountable: item.discountable,
    metadata: { ...item.metadata, [STANDS_FOR]: item.id },
    ...(item.description === null ? {} : { description: item.description }),
    ...(subscription === null ? {} : { subscription }),
    ...(coupons.length === 0 ? {} : { discounts: coupons.map((coupon) => ({ coupon })) }),
    ...(taxRates.length === 0 ? {} : { tax_rates: taxRates }),
  };
}
