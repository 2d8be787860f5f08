import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { type Period } from '../../rules/billing-cycle.js';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';

/** An amount debited for an item and a period, of which a later change gives back the unused part. */
export interface ItemDebit {
  /** Minor units, after discounts. */
  readonly amount: number;
  readonly period: Period;
  readonly quantity: number;
  /** Where it was billed; null while it waits in an invoice item. */
  readonly line: { readonly invoice: string; readonly id: string } | null;
  readonly invoice_item: string | null;
}

/** What the sandbox remembers about a subscription beside its fields. */
export interface SubscriptionState {
  /** Per item id: what has been debited for the current time. */
  readonly debits: { readonly [item: string]: readonly ItemDebit[] };
  /** Per item id: since when its usage is not billed yet, where that is later than the start of its period. */
  readonly usage_from?: { readonly [item: string]: number };
  /** The first invoice, which activates an incomplete subscription. */
  readonly first_invoice: string | null;
  /** The update that waits until its invoice is paid. */
  readonly pending: PendingChange | null;
  /** The invoice that a resumption waits for, and until when. */
  readonly resumption_invoice: string | null;
  readonly resumption_expires_at: number | null;
  /** The periods that begin once that invoice is paid: until then a paused subscription keeps those that it had. */
  readonly resumption?: Resumption | null;
  /** Trial end and period end for which `trial_will_end` and `invoice.upcoming` were emitted. */
  readonly trial_end_announced: number | null;
  readonly renewal_announced: number | null;
  /** False when a scheduled cancellation gives no credit for unused time. */
  readonly prorate_cancellation: boolean;
}

/** What becomes of a paused subscription when its resumption is paid. */
export interface Resumption {
  readonly fields: Pick<SubscriptionFields, 'items' | 'billing_cycle_anchor'>;
  readonly debits: SubscriptionState['debits'];
}

/** What becomes of a subscription when the invoice of its pending update is paid. */
export interface PendingChange {
  readonly invoice: string;
  readonly fields: Partial<SubscriptionFields>;
  readonly debits: SubscriptionState['debits'];
}

type SubscriptionFields = Wire<Stripe.Subscription>;
export type Subscription = Stored<Stripe.Subscription, SubscriptionState>;
export type SubscriptionItem = Wire<Stripe.SubscriptionItem>;

export const subscriptions = objectType<Subscription>({
  object: 'subscription',
  prefix: 'sub',
  indexes: {
    customer: (subscription) => subscription.customer,
    setup_intent: (subscription) => subscription.pending_setup_intent,
    test_clock: (subscription) => subscription.test_clock,
  },
  references: {
    customer: 'customer',
    default_payment_method: 'payment_method',
    discounts: 'discount',
    latest_invoice: 'invoice',
    pending_setup_intent: 'setup_intent',
    'pending_update.discounts': 'discount',
    schedule: 'subscription_schedule',
    test_clock: 'test_helpers.test_clock',
  },
});

const TERMINAL = new Set(['canceled', 'incomplete_expired']);

/** Whether a subscription has ended for good. */
export function isTerminal(subscription: Subscription): boolean {
  return TERMINAL.has(subscription.status);
}

/** The subscription with some of the sandbox's own notes changed. */
export function withState(subscription: Subscription, changes: Partial<SubscriptionState>): Subscription {
  return { ...subscription, sandbox: { ...subscription.sandbox, ...changes } };
}

/** The subscription that a path names, and its test clock in use from here on. */
export function requireSubscription(context: Context, id: string, param?: string): Subscription {
  const subscription = context.objects(subscriptions).require(id, param);
  context.useTestClock(subscription.test_clock);
  return subscription;
}
