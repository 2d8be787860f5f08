import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { anchorFromConfig, nextBoundary, trialEnd } from '../../rules/billing-cycle.js';
import { type Customer } from '../customer/customer-type.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { type Discount } from '../discount/discount-type.js';
import { requireMethodOf } from '../payment-method/payment-method-type.js';
import { otherCurrency, priceIn } from '../price/price-in-currency.js';
import { newItem, priceOf } from '../subscription-item/compute-item.js';
import { cadenceOf, earliestPeriodEnd, latestPeriodEnd } from '../subscription-item/item-periods.js';
import { inPeriodFrom } from './compute-period-charges.js';
import { type CreateParameters } from './subscription-parameters.js';
import { type Subscription, type SubscriptionItem } from './subscription-type.js';

/** A subscription that was checked and computed, but not stored. */
export interface ComputedSubscription {
  readonly subscription: Subscription;
  readonly discounts: readonly Discount[];
}

/** The parameters that say what is subscribed to and when it is billed; a preview has no more than these. */
export type SubscriptionTerms = Omit<CreateParameters, 'customer'>;

/** The end of the trial that the parameters ask for, or null. */
function trialEndOf(context: Context, items: readonly SubscriptionItem[], sent: SubscriptionTerms): number | null {
  if (sent.trial_end !== undefined && sent.trial_period_days !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: trial_end, trial_period_days.');
  }
  const now = context.now();
  if (sent.trial_end === 'now') return null;
  if (sent.trial_end !== undefined) {
    if (sent.trial_end <= now) throw invalidRequest('Timestamp must be in the future.', { param: 'trial_end' });
    return sent.trial_end;
  }
  const days = sent.trial_from_plan === true ? items[0]?.price.recurring?.trial_period_days : sent.trial_period_days;
  return days ? trialEnd(now, days) : null;
}

/** The anchor of the billing cycle: as asked, else the end of the trial, else now. */
function anchorOf(context: Context, trial: number | null, items: readonly SubscriptionItem[], sent: SubscriptionTerms) {
  const start = trial ?? context.now();
  if (sent.billing_cycle_anchor !== undefined && sent.billing_cycle_anchor_config !== undefined) {
    throw invalidRequest('You may only specify one of: billing_cycle_anchor, billing_cycle_anchor_config.');
  }
  if (sent.billing_cycle_anchor_config !== undefined) return anchorFromConfig(sent.billing_cycle_anchor_config, start);
  const anchor = sent.billing_cycle_anchor;
  if (anchor === undefined) return start;
  if (anchor < start)
    throw invalidRequest('billing_cycle_anchor must be in the future.', { param: 'billing_cycle_anchor' });
  const latest = Math.min(...items.map((item) => nextBoundary(start, cadenceOf(item), start)));
  if (anchor > latest) {
    throw invalidRequest('billing_cycle_anchor cannot be later than next natural billing date for plan.', {
      param: 'billing_cycle_anchor',
    });
  }
  return anchor;
}

function newItems(context: Context, id: string, sent: SubscriptionTerms): SubscriptionItem[] {
  if (sent.items.length === 0) throw invalidRequest('Missing required param: items.', { param: 'items' });
  const items = sent.items.map((entry, index) =>
    newItem(context, id, priceOf(context, entry, `items[${index}]`), entry),
  );
  checkItems(context, items, sent.currency);
  return items;
}

/** Refuses items that have no amount in the currency, or two of one price. */
export function checkItems(
  context: Context,
  items: readonly SubscriptionItem[],
  currency = items[0]?.price.currency ?? 'usd',
): void {
  const other = items.find((item) => priceIn(context, item.price, currency) === undefined);
  if (other !== undefined) {
    throw otherCurrency(other.price.currency, currency, 'items');
  }
  const seen = new Set<string>();
  for (const item of items) {
    if (seen.has(item.price.id)) {
      throw invalidRequest(
        `Cannot add multiple subscription items with the same price: ${item.price.id}. Use \`quantity\` instead.`,
        { param: 'items' },
      );
    }
    seen.add(item.price.id);
  }
}

/** The end that the parameters schedule, or null. */
export function scheduledEnd(
  subscription: Subscription,
  cancelAt: CreateParameters['cancel_at'] | null,
): number | null {
  if (cancelAt === undefined || cancelAt === null) return null;
  if (cancelAt === 'min_period_end') return earliestPeriodEnd(subscription);
  if (cancelAt === 'max_period_end' || cancelAt === 'max_billed_until') return latestPeriodEnd(subscription);
  return cancelAt;
}

function checkCustomer(customer: Customer, currency: string): void {
  if (customer.currency && customer.currency !== currency) {
    throw invalidRequest(
      `You cannot combine currencies on a single customer. This customer has an active subscription, subscription ` +
        `schedule, discount, quote, or invoice item with currency ${customer.currency}.`,
    );
  }
}

/** What the parameters say about payment and invoices. */
function settingsOf(sent: SubscriptionTerms) {
  const behavior = sent.trial_settings?.end_behavior;
  return {
    billing_cycle_anchor_config: sent.billing_cycle_anchor_config
      ? {
          day_of_month: sent.billing_cycle_anchor_config.day_of_month,
          hour: sent.billing_cycle_anchor_config.hour ?? null,
          minute: sent.billing_cycle_anchor_config.minute ?? null,
          month: sent.billing_cycle_anchor_config.month ?? null,
          second: sent.billing_cycle_anchor_config.second ?? null,
        }
      : null,
    collection_method: sent.collection_method ?? 'charge_automatically',
    days_until_due: sent.days_until_due ?? null,
    default_payment_method: sent.default_payment_method ?? null,
    description: sent.description ?? null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: sent.invoice_settings?.custom_fields ?? null,
      description: sent.invoice_settings?.description ?? null,
      footer: sent.invoice_settings?.footer ?? null,
      issuer: { type: 'self' },
    },
    metadata: mergeMetadata({}, sent.metadata),
    payment_settings: {
      payment_method_options: null,
      payment_method_types: sent.payment_settings?.payment_method_types ?? null,
      save_default_payment_method: sent.payment_settings?.save_default_payment_method ?? 'off',
    },
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: behavior?.billing_cycle_anchor ?? null,
        missing_payment_method: behavior?.missing_payment_method ?? 'create_invoice',
      },
    },
  } satisfies Partial<Subscription>;
}

/** The fields that every new subscription starts with. */
const EMPTY = {
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' } },
  billing_schedules: [],
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
  customer_account: null,
  default_source: null,
  default_tax_rates: [],
  discounts: [],
  ended_at: null,
  latest_invoice: null,
  livemode: false,
  managed_payments: null,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  transfer_data: null,
  sandbox: {
    debits: {},
    first_invoice: null,
    pending: null,
    resumption_invoice: null,
    resumption_expires_at: null,
    trial_end_announced: null,
    renewal_announced: null,
    prorate_cancellation: true,
  },
} satisfies Partial<Subscription>;

function checkSettings(context: Context, customer: Customer, sent: SubscriptionTerms): void {
  if (sent.default_payment_method !== undefined) {
    requireMethodOf(context, customer.id, sent.default_payment_method, 'default_payment_method');
  }
  if (sent.days_until_due !== undefined && sent.collection_method !== 'send_invoice') {
    throw invalidRequest('You can only set `days_until_due` if `collection_method` is `send_invoice`.', {
      param: 'days_until_due',
    });
  }
}

/** Checks the parameters of a new subscription and computes it; stores nothing. */
export function computeSubscription(
  context: Context,
  customer: Customer,
  sent: SubscriptionTerms,
): ComputedSubscription {
  checkSettings(context, customer, sent);
  const id = context.newId('sub');
  const now = context.now();
  const bare = newItems(context, id, sent);
  const currency = sent.currency ?? bare[0]?.price.currency ?? 'usd';
  checkCustomer(customer, currency);
  const trial = trialEndOf(context, bare, sent);
  const anchor = anchorOf(context, trial, bare, sent);
  const items = bare.map((item) =>
    trial === null
      ? inPeriodFrom(item, anchor, now)
      : { ...item, current_period_start: now, current_period_end: trial },
  );
  const computed = computeDiscounts(context, sent.discounts ?? [], {
    customer: customer.id,
    currency,
    subscription: id,
  });
  const subscription: Subscription = {
    ...EMPTY,
    ...settingsOf(sent),
    id,
    object: 'subscription',
    billing_cycle_anchor: anchor,
    billing_mode: { ...EMPTY.billing_mode, updated_at: now },
    created: now,
    currency,
    customer: customer.id,
    discounts: computed.map((discount) => discount.id),
    items: { object: 'list', data: items, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    start_date: now,
    status: trial === null ? 'active' : 'trialing',
    test_clock: customer.test_clock ?? null,
    trial_end: trial,
    trial_start: trial === null ? null : now,
  };
  return { subscription: withScheduledEnd(subscription, sent, now), discounts: computed };
}

function withScheduledEnd(subscription: Subscription, sent: SubscriptionTerms, now: number): Subscription {
  if (sent.cancel_at !== undefined && sent.cancel_at_period_end === true) {
    throw invalidRequest('You may only specify one of these parameters: cancel_at, cancel_at_period_end.');
  }
  const end =
    sent.cancel_at_period_end === true ? earliestPeriodEnd(subscription) : scheduledEnd(subscription, sent.cancel_at);
  if (end === null) return subscription;
  if (end <= now) throw invalidRequest('cancel_at must be in the future.', { param: 'cancel_at' });
  return {
    ...subscription,
    cancel_at: end,
    cancel_at_period_end: sent.cancel_at_period_end === true,
    canceled_at: now,
    cancellation_details: { ...EMPTY.cancellation_details, reason: 'cancellation_requested' },
  };
}
