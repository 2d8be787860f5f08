import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import {
  type DeclaredFor,
  type Values,
  array,
  boolean,
  currency,
  either,
  hash,
  oneOf,
  required,
  string,
  timestamp,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { minimumCharge } from '../../rules/currencies.js';
import { type Customer, requireCustomer } from '../customer/customer-type.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { discountsParameter } from '../discount/discount-parameters.js';
import { type Discount } from '../discount/discount-type.js';
import { prorationItems } from '../invoice-item/compute-proration-items.js';
import { earliestPeriodEnd } from '../subscription-item/item-periods.js';
import { itemChangeShape } from '../subscription-item/subscription-item-parameters.js';
import { nextPeriods } from '../subscription/compute-next-periods.js';
import { periodCharges, trialCharges } from '../subscription/compute-period-charges.js';
import { creditEverything } from '../subscription/compute-prorations.js';
import { computeSubscription } from '../subscription/compute-subscription.js';
import { type ComputedUpdate, computeUpdate } from '../subscription/compute-update.js';
import { billingMode } from '../subscription/subscription-parameters.js';
import { type Subscription, isTerminal, subscriptions } from '../subscription/subscription-type.js';
import { computeSubscriptionInvoice } from './compute-subscription-invoice.js';
import { type Invoice } from './invoice-type.js';

const cancelAt = either(timestamp(), oneOf('min_period_end', 'max_period_end', 'max_billed_until'));

const subscriptionDetails = hash({
  billing_cycle_anchor: hash({ timestamp: timestamp(), type: required(oneOf('now', 'timestamp', 'unchanged')) }),
  billing_mode: billingMode,
  billing_schedules: unsupported(),
  cancel_at: unsettable(cancelAt),
  cancel_at_period_end: boolean(),
  cancel_now: boolean(),
  default_tax_rates: unsupported(),
  items: array(hash(itemChangeShape), { max: 20 }),
  metadata: unsupported(),
  pause: unsupported(),
  proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
  proration_date: timestamp(),
  resume_at: unsupported(),
  start_date: unsupported(),
  trial_end: either(timestamp(), oneOf('now')),
} satisfies DeclaredFor<Stripe.InvoiceCreatePreviewParams.SubscriptionDetails>);

const previewParameters = {
  automatic_tax: unsupported(),
  currency: currency(),
  customer: string(),
  customer_account: unsupported(),
  customer_details: unsupported(),
  discounts: discountsParameter,
  invoice_items: unsupported(),
  issuer: unsupported(),
  on_behalf_of: unsupported(),
  preview_mode: oneOf('next', 'recurring'),
  schedule: unsupported(),
  schedule_details: unsupported(),
  subscription: string(),
  subscription_details: subscriptionDetails,
} satisfies DeclaredFor<Stripe.InvoiceCreatePreviewParams>;

type PreviewParameters = Values<typeof previewParameters>;
type Details = NonNullable<PreviewParameters['subscription_details']>;

/** The parameters of a preview that an update has as well. */
function changeOf(details: Details) {
  const { billing_cycle_anchor: anchor, items, proration_behavior, proration_date, trial_end } = details;
  return {
    ...(items === undefined ? {} : { items }),
    ...(proration_behavior === undefined ? {} : { proration_behavior }),
    ...(proration_date === undefined ? {} : { proration_date }),
    ...(trial_end === undefined ? {} : { trial_end }),
    ...(anchor === undefined
      ? {}
      : { billing_cycle_anchor: { type: anchor.type === 'now' ? ('now' as const) : ('unchanged' as const) } }),
  };
}

/** The invoice that a new subscription would begin with. */
function previewNew(context: Context, customer: Customer, sent: PreviewParameters): Invoice {
  const details = sent.subscription_details ?? {};
  const anchor = details.billing_cycle_anchor?.timestamp;
  const computed = computeSubscription(context, customer, {
    items: details.items ?? [],
    discounts: sent.discounts ?? [],
    ...(sent.currency === undefined ? {} : { currency: sent.currency }),
    ...(anchor === undefined ? {} : { billing_cycle_anchor: anchor }),
    ...(details.trial_end === undefined ? {} : { trial_end: details.trial_end }),
  });
  const { subscription } = computed;
  const { data } = subscription.items;
  const charges =
    subscription.status === 'trialing' && sent.preview_mode !== 'recurring'
      ? trialCharges(context, data)
      : periodCharges(context, data, subscription.billing_cycle_anchor, subscription.currency);
  const { invoice } = computeSubscriptionInvoice(context, {
    customer,
    subscription,
    billingReason: 'subscription_create',
    charges,
    period: { start: context.now(), end: context.now() },
    newDiscounts: computed.discounts,
  });
  return { ...invoice, parent: null };
}

/** What an update would be billed with: its own invoice when it makes one, else the next renewal's. */
function previewUpdate(
  context: Context,
  customer: Customer,
  update: ComputedUpdate,
  discounts: readonly Discount[],
  recurring: boolean,
): Invoice {
  const { subscription } = update;
  const end = earliestPeriodEnd(subscription);
  const next = nextPeriods(context, subscription, end);
  const atOnce = update.invoiceNow && !recurring;
  const { invoice } = computeSubscriptionInvoice(context, {
    customer,
    subscription: atOnce ? subscription : next.subscription,
    billingReason: atOnce ? 'subscription_update' : 'upcoming',
    charges: atOnce ? update.charges : next.charges,
    newItems: recurring ? [] : update.invoiceItems,
    period: atOnce ? { start: update.periodStart, end: context.now() } : { start: update.periodStart, end },
    newDiscounts: discounts,
    ...(update.prorationDate === null ? {} : { prorationDate: update.prorationDate }),
  });
  return atOnce ? invoice : { ...invoice, created: end, next_payment_attempt: end + 3_600 };
}

/** What a cancellation now would leave to bill. */
function previewCancellation(
  context: Context,
  customer: Customer,
  subscription: Subscription,
  details: Details,
): Invoice {
  const at = details.proration_date ?? context.now();
  const credits = details.proration_behavior === 'none' ? [] : creditEverything(subscription, at);
  const starts = subscription.items.data.map((item) => item.current_period_start);
  return computeSubscriptionInvoice(context, {
    customer,
    subscription,
    billingReason: 'upcoming',
    charges: [],
    newItems: prorationItems(context, subscription, credits),
    period: { start: Math.min(...starts), end: context.now() },
    prorationDate: at,
  }).invoice;
}

function previewExisting(context: Context, found: Subscription, sent: PreviewParameters): Invoice {
  const details = sent.subscription_details ?? {};
  if (isTerminal(found)) throw invalidRequest('The subscription has ended.', { code: 'invoice_upcoming_none' });
  const customer = requireCustomer(context, found.customer);
  if (details.cancel_now === true) return previewCancellation(context, customer, found, details);
  const target = { customer: found.customer, currency: found.currency, subscription: found.id };
  const discounts = computeDiscounts(context, sent.discounts ?? [], target);
  const subscription =
    sent.discounts === undefined ? found : { ...found, discounts: discounts.map((discount) => discount.id) };
  const update = computeUpdate(context, subscription, changeOf(details), discounts);
  const ends = details.cancel_at_period_end === true || found.cancel_at_period_end;
  if (ends && !update.invoiceNow && update.invoiceItems.length === 0) {
    throw invalidRequest('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
  }
  return previewUpdate(context, customer, update, discounts, sent.preview_mode === 'recurring');
}

/** Computes an invoice that is not stored. */
export function preview(context: Context, sent: PreviewParameters): Invoice {
  if (sent.subscription !== undefined) {
    return previewExisting(context, context.objects(subscriptions).require(sent.subscription, 'subscription'), sent);
  }
  if (sent.customer === undefined) {
    throw invalidRequest('You must pass either `customer` or `subscription`.', {
      code: 'parameter_missing',
      param: 'customer',
    });
  }
  const customer = requireCustomer(context, sent.customer);
  if (sent.subscription_details?.items !== undefined) return previewNew(context, customer, sent);
  const running = context
    .objects(subscriptions)
    .where('customer', customer.id)
    .find((subscription) => !isTerminal(subscription));
  if (running === undefined)
    throw invalidRequest('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
  return previewExisting(context, running, sent);
}

/**
 * The preview as the API shows it: never stored, so its id cannot be retrieved. What is too little to be charged will
 * be carried over to the balance, so that nothing is due.
 */
function asPreview(invoice: Invoice): Invoice {
  const id = `upcoming_${invoice.id}`;
  const due = invoice.amount_due < minimumCharge(invoice.currency) ? 0 : invoice.amount_due;
  return {
    ...invoice,
    id,
    amount_due: due,
    amount_remaining: due,
    lines: {
      ...invoice.lines,
      data: invoice.lines.data.map((line) => ({ ...line, invoice: id })),
      url: `/v1/invoices/upcoming/lines`,
    },
  };
}

export const previewRoute = route({
  method: 'POST',
  path: '/v1/invoices/create_preview',
  parameters: previewParameters,
  handle: ({ context, parameters }) => context.present(asPreview(preview(context, parameters))),
});
