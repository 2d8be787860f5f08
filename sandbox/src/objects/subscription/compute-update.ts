import { invalidRequest, resourceMissing } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context, withoutHidden } from '../../kernel/context.js';
import { type Discount } from '../discount/discount-type.js';
import { prorationItems } from '../invoice-item/compute-proration-items.js';
import { type InvoiceItem } from '../invoice-item/invoice-item-type.js';
import { type ItemCharge } from '../invoice/compute-invoice-lines.js';
import { debitsAfterChange, discountsOf } from '../invoice/compute-subscription-invoice.js';
import { planOf } from '../plan/plan-type.js';
import { newItem, priceOf } from '../subscription-item/compute-item.js';
import { type ItemChange } from '../subscription-item/subscription-item-parameters.js';
import { addedInvoiceItems } from './compute-added-items.js';
import { inPeriodFrom, periodCharges } from './compute-period-charges.js';
import { type Proration, changeWithinPeriod, creditEverything } from './compute-prorations.js';
import { checkItems } from './compute-subscription.js';
import { closeUsage } from './compute-usage-charges.js';
import { type UpdateParameters } from './subscription-parameters.js';
import { type Subscription, type SubscriptionItem, withState } from './subscription-type.js';

/** The parameters that change items or periods; a preview has no more than these. */
export type ChangeParameters = Pick<
  UpdateParameters,
  'add_invoice_items' | 'billing_cycle_anchor' | 'items' | 'proration_behavior' | 'proration_date' | 'trial_end'
>;

/** An update that was checked and computed, but not stored. */
export interface ComputedUpdate {
  readonly subscription: Subscription;
  /** Prorations and added items, for the next invoice. */
  readonly invoiceItems: readonly InvoiceItem[];
  /** Charges for periods that begin with the update. */
  readonly charges: readonly ItemCharge[];
  readonly invoiceNow: boolean;
  /** The start of the time that the invoice looks back on. */
  readonly periodStart: number;
  readonly prorationDate: number | null;
}

function changedItem(context: Context, item: SubscriptionItem, entry: ItemChange, param: string): SubscriptionItem {
  const newPrice = entry.price !== undefined || entry.plan !== undefined || entry.price_data !== undefined;
  const price = newPrice ? priceOf(context, entry, param) : null;
  const { quantity: oldQuantity, ...rest } = item;
  const metered = (price ?? item.price).recurring?.usage_type === 'metered';
  if (metered && entry.quantity !== undefined) {
    throw invalidRequest('Quantity should not be specified where usage_type is `metered`.', { param });
  }
  return {
    ...rest,
    ...(metered ? {} : { quantity: entry.quantity ?? oldQuantity ?? 1 }),
    metadata: mergeMetadata(item.metadata, entry.metadata),
    ...(price === null ? {} : { price: withoutHidden(price), plan: planOf(price) }),
  };
}

/** The items that a request asks for: named ones changed or deleted, others added, the rest as they are. */
function wantedItems(context: Context, subscription: Subscription, entries: readonly ItemChange[]): SubscriptionItem[] {
  const items = new Map(subscription.items.data.map((item) => [item.id, item]));
  entries.forEach((entry, position) => {
    const param = `items[${position}]`;
    if (entry.id === undefined) {
      const item = newItem(context, subscription.id, priceOf(context, entry, param), entry);
      items.set(item.id, item);
      return;
    }
    const current = items.get(entry.id);
    if (current === undefined) throw resourceMissing('subscription item', entry.id, `${param}[id]`);
    if (entry.deleted === true) items.delete(entry.id);
    else items.set(entry.id, changedItem(context, current, entry, param));
  });
  const wanted = [...items.values()];
  if (wanted.length === 0) {
    throw invalidRequest('A subscription must have at least one active item. To cancel it, cancel the subscription.', {
      param: 'items',
    });
  }
  checkItems(context, wanted, subscription.currency);
  return wanted;
}

/** How an update moves the periods. */
type Timing = 'unchanged' | 'anchor_now' | { readonly trialEnd: number };

function timingOf(context: Context, subscription: Subscription, sent: ChangeParameters): Timing {
  if (sent.trial_end !== undefined) {
    if (sent.trial_end === 'now') return subscription.status === 'trialing' ? 'anchor_now' : 'unchanged';
    if (sent.trial_end === subscription.trial_end) return 'unchanged';
    if (sent.trial_end <= context.now()) {
      throw invalidRequest('The `trial_end` timestamp must be in the future.', { param: 'trial_end' });
    }
    return { trialEnd: sent.trial_end };
  }
  return sent.billing_cycle_anchor?.type === 'now' ? 'anchor_now' : 'unchanged';
}

function prorationDate(context: Context, subscription: Subscription, sent: ChangeParameters): number {
  const at = sent.proration_date ?? context.now();
  const start = Math.min(...subscription.items.data.map((item) => item.current_period_start));
  const end = Math.max(...subscription.items.data.map((item) => item.current_period_end));
  if (at < start || at > end) {
    throw invalidRequest('The `proration_date` must be within the current period of the subscription.', {
      param: 'proration_date',
    });
  }
  return at;
}

interface Change {
  /** The items that begin to count usage anew: those that go, get another price or another period. */
  readonly closes: readonly SubscriptionItem[];
  readonly subscription: Subscription;
  readonly prorations: readonly Proration[];
  readonly charges: readonly ItemCharge[];
}

function withItems(subscription: Subscription, items: readonly SubscriptionItem[]): Subscription {
  return { ...subscription, items: { ...subscription.items, data: [...items] } };
}

/** All periods begin anew now; a trial ends. */
function restartNow(context: Context, subscription: Subscription, wanted: SubscriptionItem[], at: number): Change {
  const now = context.now();
  const items = wanted.map((item) => inPeriodFrom(item, now, now));
  const status = subscription.status === 'trialing' ? 'active' : subscription.status;
  return {
    closes: subscription.items.data,
    subscription: {
      ...withItems(subscription, items),
      billing_cycle_anchor: now,
      status,
      trial_end: subscription.status === 'trialing' ? now : subscription.trial_end,
    },
    prorations: creditEverything(subscription, at),
    charges: periodCharges(context, items, now, subscription.currency),
  };
}

/** All periods become a trial that starts now, or a running trial gets another end. */
function trialUntil(
  context: Context,
  subscription: Subscription,
  wanted: SubscriptionItem[],
  end: number,
  at: number,
): Change {
  const now = context.now();
  const start = subscription.status === 'trialing' ? (subscription.trial_start ?? now) : now;
  const items = wanted.map((item) => ({ ...item, current_period_start: start, current_period_end: end }));
  const running = subscription.status === 'active' || subscription.status === 'trialing';
  return {
    closes: subscription.items.data,
    subscription: {
      ...withItems(subscription, items),
      billing_cycle_anchor: end,
      status: running ? 'trialing' : subscription.status,
      trial_start: start,
      trial_end: end,
    },
    prorations: creditEverything(subscription, at),
    charges: [],
  };
}

/** Items change within their periods; in a trial without prorations, since nothing was debited. */
function withinPeriod(
  context: Context,
  subscription: Subscription,
  wanted: SubscriptionItem[],
  at: number,
  newDiscounts: readonly Discount[],
): Change {
  if (subscription.status === 'trialing') {
    const [first] = subscription.items.data;
    const items = wanted.map((item) => ({
      ...item,
      current_period_start: first?.current_period_start ?? item.current_period_start,
      current_period_end: first?.current_period_end ?? item.current_period_end,
    }));
    return { closes: [], subscription: withItems(subscription, items), prorations: [], charges: [] };
  }
  const closes = subscription.items.data.filter(
    (item) => wanted.find((other) => other.id === item.id)?.price.id !== item.price.id,
  );
  const change = changeWithinPeriod(context, subscription, wanted, {
    at,
    anchor: subscription.billing_cycle_anchor,
    discounts: discountsOf(context, subscription, at, newDiscounts).invoice,
  });
  return { closes, subscription: withItems(subscription, change.items), prorations: change.prorations, charges: [] };
}

function computeChange(
  context: Context,
  subscription: Subscription,
  sent: ChangeParameters,
  newDiscounts: readonly Discount[],
) {
  const wanted = wantedItems(context, subscription, sent.items ?? []);
  const at = prorationDate(context, subscription, sent);
  const timing = timingOf(context, subscription, sent);
  if (timing === 'anchor_now') return restartNow(context, subscription, wanted, at);
  if (timing === 'unchanged') return withinPeriod(context, subscription, wanted, at, newDiscounts);
  return trialUntil(context, subscription, wanted, timing.trialEnd, at);
}

/** Checks an update of items and periods and computes what it bills; stores nothing. */
export function computeUpdate(
  context: Context,
  subscription: Subscription,
  sent: ChangeParameters,
  newDiscounts: readonly Discount[] = [],
): ComputedUpdate {
  const touches = sent.items !== undefined || sent.trial_end !== undefined || sent.billing_cycle_anchor?.type === 'now';
  const { data } = subscription.items;
  const periodStart = Math.min(...data.map((item) => item.current_period_start));
  const behavior = sent.proration_behavior ?? 'create_prorations';
  const added = addedInvoiceItems(context, subscription, sent.add_invoice_items ?? []);
  const none = { closes: [], subscription, prorations: [], charges: [] };
  const change: Change = touches ? computeChange(context, subscription, sent, newDiscounts) : none;
  const prorations = behavior === 'none' ? [] : change.prorations;
  const items = prorationItems(context, change.subscription, prorations);
  const debits = debitsAfterChange(subscription.sandbox.debits, items);
  const usage = closeUsage(context, subscription, change.closes);
  const invoiceItems = [...items, ...usage.invoiceItems, ...added];
  return {
    subscription: withState(change.subscription, { debits, usage_from: usage.subscription.sandbox.usage_from }),
    invoiceItems,
    charges: change.charges,
    invoiceNow: change.charges.length > 0 || (behavior === 'always_invoice' && invoiceItems.length > 0),
    periodStart,
    prorationDate: prorations.length === 0 ? null : (sent.proration_date ?? context.now()),
  };
}
