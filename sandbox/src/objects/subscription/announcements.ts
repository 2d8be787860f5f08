import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { computeSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { DRAFT_SECONDS } from '../invoice/draft-invoice.js';
import { type Invoice } from '../invoice/invoice-type.js';
import { earliestPeriodEnd } from '../subscription-item/item-periods.js';
import { nextPeriods } from './compute-next-periods.js';
import { isBilling, renewalNoticeAt, trialNoticeAt } from './save-subscription.js';
import { type Subscription, withState } from './subscription-type.js';

/** Announces the end of the trial three days before, or at once when the trial is shorter; the caller stores that. */
export function announceTrialEnd(context: Context, subscription: Subscription): Subscription {
  const at = trialNoticeAt(subscription);
  if (at === null || at > context.now()) return subscription;
  context.emit('customer.subscription.trial_will_end', subscription);
  return withState(subscription, { trial_end_announced: subscription.trial_end });
}

/** Announces the next invoice with a preview of it; the caller stores that. */
export function announceRenewal(context: Context, subscription: Subscription): Subscription {
  const at = renewalNoticeAt(subscription);
  if (!isBilling(subscription) || at === null || at > context.now()) return subscription;
  const end = earliestPeriodEnd(subscription);
  const { subscription: renewed, charges } = nextPeriods(context, subscription, end);
  const { invoice } = computeSubscriptionInvoice(context, {
    customer: requireCustomer(context, subscription.customer),
    subscription: renewed,
    billingReason: 'upcoming',
    charges,
    period: { start: Math.min(...subscription.items.data.map((item) => item.current_period_start)), end },
  });
  const upcoming: Invoice = { ...invoice, id: `upcoming_${invoice.id}`, next_payment_attempt: end + DRAFT_SECONDS };
  context.emit('invoice.upcoming', upcoming);
  return withState(subscription, { renewal_announced: end });
}
