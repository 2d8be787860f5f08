import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { storeInvoiceItems } from '../invoice-item/store-invoice-items.js';
import { computeSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { createInvoice } from '../invoice/create-invoice.js';
import { type Invoice } from '../invoice/invoice-type.js';
import { billedBy } from './bill-subscription.js';
import { type ComputedUpdate } from './compute-update.js';
import { type Subscription } from './subscription-type.js';

/** Stores what an update bills, with a draft of its own invoice if it makes one; not the subscription. */
export function commitUpdate(
  context: Context,
  computed: ComputedUpdate,
): { subscription: Subscription; invoice: Invoice | null } {
  storeInvoiceItems(context, computed.invoiceItems);
  if (!computed.invoiceNow) return { subscription: computed.subscription, invoice: null };
  const invoice = createInvoice(
    context,
    computeSubscriptionInvoice(context, {
      customer: requireCustomer(context, computed.subscription.customer),
      subscription: computed.subscription,
      billingReason: 'subscription_update',
      charges: computed.charges,
      period: { start: computed.periodStart, end: context.now() },
      ...(computed.prorationDate === null ? {} : { prorationDate: computed.prorationDate }),
    }),
  );
  return { subscription: billedBy(context, computed.subscription, invoice), invoice };
}
