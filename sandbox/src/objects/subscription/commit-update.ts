import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { storeInvoiceItems } from '../invoice-item/store-invoice-items.js';
import { planSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { createInvoice } from '../invoice/create-invoice.js';
import { type Invoice } from '../invoice/invoice-type.js';
import { billedBy } from './bill-subscription.js';
import { type PlannedUpdate } from './compute-update.js';
import { type Subscription } from './subscription-type.js';

/** Stores what an update planned to bill, with a draft of its own invoice if it makes one; not the subscription. */
export function commitUpdate(
  context: Context,
  planned: PlannedUpdate,
): { subscription: Subscription; invoice: Invoice | null } {
  storeInvoiceItems(context, planned.invoiceItems);
  if (!planned.invoiceNow) return { subscription: planned.subscription, invoice: null };
  const invoice = createInvoice(
    context,
    planSubscriptionInvoice(context, {
      customer: requireCustomer(context, planned.subscription.customer),
      subscription: planned.subscription,
      billingReason: 'subscription_update',
      charges: planned.charges,
      period: { start: planned.periodStart, end: context.now() },
      ...(planned.prorationDate === null ? {} : { prorationDate: planned.prorationDate }),
    }),
  );
  return { subscription: billedBy(context, planned.subscription, invoice), invoice };
}
