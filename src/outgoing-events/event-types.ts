import { differingProperties } from '../sync/content.js';
import { type Facts, type Written } from '../sync/write-listeners.js';

/** Every type of event. */
export const OUTGOING_EVENT_TYPES = [
  'subscription.created',
  'subscription.updated',
  'subscription.canceled',
  'subscription.trial_ending',
  'subscription.past_due',
  'subscription.recovered',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.upcoming',
  'payment.refunded',
  'payment.disputed',
  'customer.updated',
  'customer.linked',
  'customer.closed',
  'entitlements.changed',
  'usage.limit_reached',
  'catalogue.changed',
] as const;
export type OutgoingEventType = (typeof OUTGOING_EVENT_TYPES)[number];

const ENDED = new Set<unknown>(['canceled', 'incomplete_expired']);
const BEHIND = new Set<unknown>(['past_due', 'unpaid']);
const PAYING = new Set<unknown>(['active', 'trialing']);

/** What of a subscription decides what may be used, and until when. */
const GIVES = [
  'status',
  'tier',
  'quantity',
  'add_ons',
  'group',
  'is_duplicate',
  'pause_collection',
  'current_period_end',
  'trial_end',
  'cancel_at',
];

/**
 * The events that a write is told by. Pure: a write that shows nothing new has none. A change of an object has one event
 * about it, the one that says most; `entitlements.changed` may stand beside it.
 */
export function eventsOf({
  kind,
  before,
  facts: after,
}: Pick<Written, 'kind' | 'before' | 'facts'>): OutgoingEventType[] {
  const changed = new Set(differingProperties(before ?? {}, after));
  if (changed.size === 0) return [];
  switch (kind) {
    case 'subscription':
      return ofSubscription(before, after, changed);
    case 'invoice':
      return ofInvoice(before, after);
    case 'payment':
      return ofPayment(before, after, changed);
    case 'customer':
      return [ofCustomer(before, after)];
  }
}

/** The values before a write of what it changed; null for what is new. */
export function previousOf(before: Facts | null, after: Facts): Facts | null {
  if (before === null) return null;
  return Object.fromEntries(differingProperties(before, after).map((name) => [name, before[name] ?? null]));
}

function ofSubscription(before: Facts | null, after: Facts, changed: ReadonlySet<string>): OutgoingEventType[] {
  const states = stateOf(before, after);
  const own = before === null ? ['subscription.created' as const, ...states] : states;
  const gives = before === null ? givesSomething(after) : GIVES.some((name) => changed.has(name));
  const counts = [before, after].some((facts) => facts !== null && facts.group !== null);
  const rest = gives && counts ? ['entitlements.changed' as const] : [];
  return [...(own.length === 0 ? ['subscription.updated' as const] : own), ...rest];
}

function stateOf(before: Facts | null, { status }: Facts): OutgoingEventType[] {
  const earlier = before?.status;
  if (ENDED.has(status) && !ENDED.has(earlier)) return ['subscription.canceled'];
  if (BEHIND.has(status) && !BEHIND.has(earlier)) return ['subscription.past_due'];
  if (PAYING.has(status) && BEHIND.has(earlier)) return ['subscription.recovered'];
  return [];
}

function givesSomething({ status, is_duplicate: isDuplicate }: Facts): boolean {
  return isDuplicate !== true && status !== 'incomplete' && !ENDED.has(status);
}

function ofInvoice(before: Facts | null, after: Facts): OutgoingEventType[] {
  if (after.status === 'paid') return before?.status === 'paid' ? [] : ['invoice.paid'];
  const failed = after.status === 'open' && Number(after.attempt_count) > Number(before?.attempt_count ?? 0);
  return failed ? ['invoice.payment_failed'] : [];
}

function ofPayment(before: Facts | null, after: Facts, changed: ReadonlySet<string>): OutgoingEventType[] {
  const disputed = changed.has('dispute_status') && after.dispute_status !== null;
  const refunded = Number(after.amount_refunded) > Number(before?.amount_refunded ?? 0);
  return [
    ...(refunded ? ['payment.refunded' as const] : []),
    ...(disputed ? ['payment.disputed' as const, 'entitlements.changed' as const] : []),
  ];
}

function ofCustomer(before: Facts | null, after: Facts): OutgoingEventType {
  if (after.deleted_at !== null && (before?.deleted_at ?? null) === null) return 'customer.closed';
  return before?.stripe_customer_id === after.stripe_customer_id ? 'customer.updated' : 'customer.linked';
}
