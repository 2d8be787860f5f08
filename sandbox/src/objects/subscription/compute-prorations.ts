import { type Context } from '../../kernel/context.js';
import { type Cadence, type Period, nextBoundary, periodContaining } from '../../rules/billing-cycle.js';
import { type DiscountInForce } from '../../rules/discounts.js';
import { remainingPart, unusedTime } from '../../rules/proration.js';
import { cadenceOf, isMetered } from '../subscription-item/item-periods.js';
import { discountedAmounts } from './compute-period-charges.js';
import { type ItemDebit, type Subscription, type SubscriptionItem } from './subscription-type.js';

/** One side of a proration: a credit (negative) for an earlier debit, or the debit of what takes its place. */
export interface Proration {
  readonly item: SubscriptionItem;
  readonly amount: number;
  readonly period: Period;
  readonly quantity: number;
  /** The debit that a credit gives back; null for a debit. */
  readonly credited: ItemDebit | null;
}

/** A change of the items of a running subscription, computed but not made. */
export interface ItemsChange {
  readonly items: readonly SubscriptionItem[];
  readonly prorations: readonly Proration[];
}

export interface ChangeTerms {
  /** The moment that prorations count from. */
  readonly at: number;
  readonly anchor: number;
  readonly discounts: readonly DiscountInForce[];
}

function sameCadence(left: Cadence, right: Cadence): boolean {
  return left.interval === right.interval && left.interval_count === right.interval_count;
}

/** Credits for what was debited for an item beyond `at`, one for each debit. */
function creditsFor(subscription: Subscription, item: SubscriptionItem, at: number): Proration[] {
  return (subscription.sandbox.debits[item.id] ?? []).flatMap((debit) => {
    const amount = unusedTime(debit, at);
    const period = { start: Math.max(at, debit.period.start), end: debit.period.end };
    return amount === 0 ? [] : [{ item, amount, period, quantity: debit.quantity, credited: debit }];
  });
}

/** The item with the period that it has after the change: the old one, or to the next boundary of another cadence. */
function withPeriod(
  item: SubscriptionItem,
  before: SubscriptionItem | undefined,
  terms: ChangeTerms,
): SubscriptionItem {
  if (before !== undefined && sameCadence(cadenceOf(before), cadenceOf(item))) {
    return {
      ...item,
      current_period_start: before.current_period_start,
      current_period_end: before.current_period_end,
    };
  }
  return {
    ...item,
    current_period_start: terms.at,
    current_period_end: nextBoundary(terms.anchor, cadenceOf(item), terms.at),
  };
}

function isChanged(item: SubscriptionItem, before: SubscriptionItem | undefined): boolean {
  return before === undefined || before.price.id !== item.price.id || before.quantity !== item.quantity;
}

/** Debits of what changed for the rest of its period, each after discounts. */
function debitsFor(context: Context, subscription: Subscription, items: SubscriptionItem[], terms: ChangeTerms) {
  const amounts = discountedAmounts(context, items, terms.discounts, subscription.currency);
  return items.flatMap((item, index): Proration[] => {
    const before = subscription.items.data.find((other) => other.id === item.id);
    if (!isChanged(item, before) || isMetered(item)) return [];
    const whole = periodContaining(terms.anchor, cadenceOf(item), terms.at);
    const amount = remainingPart(amounts[index] ?? 0, whole, terms.at);
    const period = { start: terms.at, end: item.current_period_end };
    return [{ item, amount, period, quantity: item.quantity ?? 1, credited: null }];
  });
}

/** Items replaced within their periods: credits for the unused time of the old ones, debits for the rest of the new. */
export function changeWithinPeriod(
  context: Context,
  subscription: Subscription,
  wanted: readonly SubscriptionItem[],
  terms: ChangeTerms,
): ItemsChange {
  const before = new Map(subscription.items.data.map((item) => [item.id, item]));
  const items = wanted.map((item) => withPeriod(item, before.get(item.id), terms));
  const gone = subscription.items.data.filter((item) => {
    const after = items.find((other) => other.id === item.id);
    return after === undefined || isChanged(after, item);
  });
  const credits = gone.flatMap((item) => creditsFor(subscription, item, terms.at));
  return { items, prorations: [...credits, ...debitsFor(context, subscription, items, terms)] };
}

/** Credits for the unused time of all items, as when their periods start anew or the subscription ends. */
export function creditEverything(subscription: Subscription, at: number): Proration[] {
  return subscription.items.data.flatMap((item) => creditsFor(subscription, item, at));
}
