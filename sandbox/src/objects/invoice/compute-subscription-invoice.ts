import { type Context } from '../../kernel/context.js';
import { type Customer, customers } from '../customer/customer-type.js';
import { type Discount, discounts, inForce } from '../discount/discount-type.js';
import { type InvoiceItem, invoiceItems } from '../invoice-item/invoice-item-type.js';
import { type ItemDebit, type Subscription, type SubscriptionState } from '../subscription/subscription-type.js';
import { type ItemCharge, invoiceItemLine, itemLine } from './compute-invoice-lines.js';
import { type AppliedDiscounts, netAmount } from './compute-invoice-totals.js';
import { draftInvoice } from './draft-invoice.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';

/** What an invoice of a subscription is about. */
export interface SubscriptionBill {
  readonly customer: Customer;
  readonly subscription: Subscription;
  readonly billingReason: string;
  readonly charges: readonly ItemCharge[];
  /** Invoice items that the same request makes, beside the customer's pending ones. */
  readonly newItems?: readonly InvoiceItem[];
  readonly period: { readonly start: number; readonly end: number };
  readonly prorationDate?: number;
  /** Discounts that the same request makes, which are not stored yet. */
  readonly newDiscounts?: readonly Discount[];
}

/** An invoice that was computed but not stored, and what it takes with it. */
export interface ComputedInvoice {
  readonly invoice: Invoice;
  readonly invoiceItems: readonly InvoiceItem[];
}

/** The customer's invoice items that wait for a next invoice: those of this subscription and those of none. */
export function pendingItems(
  context: Context,
  customer: string,
  subscription: string | null,
  currency: string,
): readonly InvoiceItem[] {
  return context
    .objects(invoiceItems)
    .where('pending', customer)
    .filter((item) => {
      const owner = item.parent?.subscription_details?.subscription ?? null;
      return item.currency === currency && (owner === null || owner === subscription);
    });
}

/** The discounts of a subscription, or else of its customer, that are in force at a moment. */
export function discountsOf(
  context: Context,
  subscription: Subscription,
  at: number,
  unstored: readonly Discount[] = [],
): AppliedDiscounts {
  const find = (id: string) => unstored.find((one) => one.id === id) ?? context.objects(discounts).get(id);
  const ofCustomer = context.objects(customers).get(subscription.customer)?.discount;
  const ids = subscription.discounts.length > 0 ? subscription.discounts : ofCustomer ? [ofCustomer.id] : [];
  const running = ids.flatMap((id) => {
    const discount = find(id);
    return discount === undefined || (discount.end !== null && discount.end <= at) ? [] : [discount];
  });
  const invoice = running.flatMap((discount) => inForce(context, discount) ?? []);
  return { invoice, byId: new Map(invoice.map((discount) => [discount.id, discount])) };
}

/** Computes an invoice of a subscription with all that waits to be billed; stores nothing. */
export function computeSubscriptionInvoice(context: Context, bill: SubscriptionBill): ComputedInvoice {
  const { subscription } = bill;
  const waiting = [
    ...pendingItems(context, subscription.customer, subscription.id, subscription.currency),
    ...(bill.newItems ?? []),
  ];
  const lines: InvoiceLine[] = [
    ...waiting.map(invoiceItemLine),
    ...bill.charges.map((charge) => itemLine(subscription, charge)),
  ];
  const invoice = draftInvoice(context, {
    customer: bill.customer,
    subscription,
    billingReason: bill.billingReason,
    currency: subscription.currency,
    lines,
    discounts: discountsOf(context, subscription, context.now(), bill.newDiscounts),
    period: bill.period,
    ...(bill.prorationDate === undefined ? {} : { prorationDate: bill.prorationDate }),
  });
  return {
    invoice: { ...invoice, sandbox: { ...invoice.sandbox, invoice_items: waiting.map((item) => item.id) } },
    invoiceItems: waiting,
  };
}

/** The debits of a subscription after an invoice: its lines replace what was debited for the same items before. */
export function debitsAfter(debits: SubscriptionState['debits'], invoice: Invoice): SubscriptionState['debits'] {
  const next: { [item: string]: readonly ItemDebit[] } = { ...debits };
  for (const line of invoice.lines.data) {
    const details = line.parent?.subscription_item_details;
    if (!details) continue;
    const place = { invoice: invoice.id, id: line.id };
    if (details.invoice_item === null) {
      next[details.subscription_item] = [
        { amount: netAmount(line), period: line.period, quantity: line.quantity ?? 0, line: place, invoice_item: null },
      ];
    } else {
      next[details.subscription_item] = (next[details.subscription_item] ?? []).map((debit) =>
        debit.invoice_item === details.invoice_item ? { ...debit, line: place } : debit,
      );
    }
  }
  return next;
}

/** The debits after a change: those that were given back are gone, the new ones wait in their invoice items. */
export function debitsAfterChange(
  debits: SubscriptionState['debits'],
  newItems: readonly InvoiceItem[],
): SubscriptionState['debits'] {
  const next: { [item: string]: readonly ItemDebit[] } = { ...debits };
  for (const item of newItems) {
    const id = item.parent?.subscription_details?.subscription_item;
    if (id === undefined || !item.proration) continue;
    if (item.amount < 0) next[id] = [];
    else {
      const debit = { amount: item.amount, period: item.period, quantity: item.quantity };
      next[id] = [...(next[id] ?? []), { ...debit, line: null, invoice_item: item.id }];
    }
  }
  return next;
}
