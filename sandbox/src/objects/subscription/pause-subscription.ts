import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { prorationItems } from '../invoice-item/compute-proration-items.js';
import { storeInvoiceItems } from '../invoice-item/store-invoice-items.js';
import { collectAutomatically } from '../invoice/advance-invoice.js';
import { debitsAfterChange, computeSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { createInvoice } from '../invoice/create-invoice.js';
import { finalizeInvoice } from '../invoice/finalize-invoice.js';
import { attemptPayment } from '../invoice/invoice-collection.js';
import { type Invoice, invoices } from '../invoice/invoice-type.js';
import { afterPaymentFailed } from './after-invoice.js';
import { billUsage } from './bill-rest.js';
import { billedBy } from './bill-subscription.js';
import { inPeriodFrom, periodCharges } from './compute-period-charges.js';
import { creditEverything } from './compute-prorations.js';
import { pausedSubscription } from './end-trial.js';
import {
  PAYMENT_WINDOW_SECONDS,
  currentSubscription,
  saveSubscription,
  storeSubscription,
} from './save-subscription.js';
import { type Resumption, type Subscription, withState } from './subscription-type.js';

export interface PauseParameters {
  readonly bill_for?: {
    readonly outstanding_usage_through?: { readonly type: string };
    readonly unused_time_from?: { readonly type: string };
  };
  readonly invoicing_behavior?: string;
}

export interface ResumeParameters {
  readonly billing_cycle_anchor?: { readonly type: string };
  readonly payment_behavior?: string;
  readonly proration_behavior?: string;
  readonly proration_date?: number;
}

/** Credits what `bill_for.unused_time_from` asks for; returns the subscription without the debits given back. */
function creditUnused(context: Context, subscription: Subscription, from: string): Subscription {
  if (from === 'none') return subscription;
  const at =
    from === 'now' ? context.now() : Math.min(...subscription.items.data.map((item) => item.current_period_start));
  const credits = prorationItems(context, subscription, creditEverything(subscription, at));
  storeInvoiceItems(context, credits);
  return withState(subscription, { debits: debitsAfterChange(subscription.sandbox.debits, credits) });
}

function billNow(
  context: Context,
  subscription: Subscription,
  charges: Parameters<typeof computeSubscriptionInvoice>[1]['charges'],
): Invoice | null {
  const computed = computeSubscriptionInvoice(context, {
    customer: requireCustomer(context, subscription.customer),
    subscription,
    billingReason: 'subscription_update',
    charges,
    period: { start: context.now(), end: context.now() },
  });
  if (computed.invoice.lines.data.length === 0) return null;
  return createInvoice(context, computed);
}

/** Pauses a subscription: no periods and no invoices until it is resumed; emits `customer.subscription.paused`. */
export function pauseSubscription(context: Context, found: Subscription, sent: PauseParameters): Subscription {
  if (found.schedule !== null) throw invalidRequest('You cannot pause a subscription that is managed by a schedule.');
  if (found.status !== 'active' && found.status !== 'trialing' && found.status !== 'past_due') {
    throw invalidRequest(`You cannot pause a subscription whose status is \`${found.status}\`.`);
  }
  const usage = sent.bill_for?.outstanding_usage_through?.type === 'now' ? billUsage(context, found) : found;
  const credited = creditUnused(context, usage, sent.bill_for?.unused_time_from?.type ?? 'none');
  const paused = pausedSubscription(context, credited, 'pause_requested');
  saveSubscription(context, found, paused);
  context.emit('customer.subscription.paused', paused);
  if (sent.invoicing_behavior === 'invoice') {
    const draft = billNow(context, paused, []);
    if (draft !== null) {
      storeSubscription(context, { ...paused, latest_invoice: draft.id });
      const invoice = finalizeInvoice(context, draft);
      if (invoice.status === 'open') collectAutomatically(context, invoice);
    }
  }
  return currentSubscription(context, found.id);
}

/** The subscription with the periods that it resumes with, and which items begin a new one. */
function resumedPeriods(context: Context, subscription: Subscription, restart: boolean) {
  const now = context.now();
  const anchor = restart ? now : subscription.billing_cycle_anchor;
  const data = subscription.items.data.map((item) =>
    restart || item.current_period_end <= now ? inPeriodFrom(item, anchor, now) : item,
  );
  const begun = data.filter((item, index) => item !== subscription.items.data[index]);
  return {
    subscription: { ...subscription, billing_cycle_anchor: anchor, items: { ...subscription.items, data } },
    begun,
  };
}

function periodsOf({ items, billing_cycle_anchor }: Subscription): Resumption['fields'] {
  return { items, billing_cycle_anchor };
}

function activeAgain(context: Context, before: Subscription, subscription: Subscription): Subscription {
  const { status_details: _details, ...rest } = subscription;
  const after: Subscription = { ...rest, status: 'active' };
  saveSubscription(context, before, after);
  context.emit('customer.subscription.resumed', after);
  return after;
}

/** Resumes a paused subscription, with an invoice for the periods that begin; active at once or when that is paid. */
export function resumeSubscription(context: Context, found: Subscription, sent: ResumeParameters): Subscription {
  if (found.status !== 'paused') {
    throw invalidRequest(
      `You cannot resume a subscription whose status is \`${found.status}\`; it must be \`paused\`.`,
    );
  }
  if (found.collection_method !== 'charge_automatically') {
    throw invalidRequest('Only subscriptions with `collection_method=charge_automatically` can be resumed.');
  }
  const restart = sent.billing_cycle_anchor?.type !== 'unchanged';
  const { subscription, begun } = resumedPeriods(context, found, restart);
  const draft = billNow(
    context,
    subscription,
    periodCharges(context, begun, subscription.billing_cycle_anchor, subscription.currency),
  );
  if (draft === null) return activeAgain(context, found, subscription);
  const billed = billedBy(context, subscription, draft);
  const waits = sent.payment_behavior === 'resume_on_payment_success';
  if (waits) {
    const { items, billing_cycle_anchor } = found;
    storeSubscription(
      context,
      withState(
        { ...billed, items, billing_cycle_anchor },
        {
          debits: found.sandbox.debits,
          resumption: { fields: periodsOf(billed), debits: billed.sandbox.debits },
          resumption_invoice: draft.id,
          resumption_expires_at: context.now() + PAYMENT_WINDOW_SECONDS,
        },
      ),
    );
  } else activeAgain(context, billed, billed);
  const invoice = finalizeInvoice(context, draft);
  if (invoice.status === 'open') {
    const attempt = attemptPayment(context, invoice, { offSession: true, retries: !waits });
    if (attempt.status !== 'succeeded' && !waits)
      afterPaymentFailed(context, context.objects(invoices).require(invoice.id));
  }
  return currentSubscription(context, found.id);
}
