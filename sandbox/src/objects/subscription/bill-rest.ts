import { type Context } from '../../kernel/context.js';
import { prorationItems } from '../invoice-item/compute-proration-items.js';
import { storeInvoiceItems } from '../invoice-item/store-invoice-items.js';
import { creditEverything } from './compute-prorations.js';
import { closeUsage } from './compute-usage-charges.js';
import { type Subscription } from './subscription-type.js';

/** Gives credit for the unused time of all items, as invoice items that wait for the next invoice. */
export function creditUnusedTime(context: Context, subscription: Subscription): void {
  const credits = creditEverything(subscription, context.now());
  storeInvoiceItems(context, prorationItems(context, subscription, credits));
}

/** Puts what was used of metered items so far on the next invoice. */
export function billUsage(context: Context, subscription: Subscription): Subscription {
  const usage = closeUsage(context, subscription, subscription.items.data);
  storeInvoiceItems(context, usage.invoiceItems);
  return usage.subscription;
}
