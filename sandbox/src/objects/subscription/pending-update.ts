import { type Context } from '../../kernel/context.js';
import { type Invoice } from '../invoice/invoice-type.js';
import { PAYMENT_WINDOW_SECONDS, saveSubscription } from './save-subscription.js';
import { type PendingChange, type Subscription, withState } from './subscription-type.js';

/** The subscription as it was before a change, remembering the change until its invoice is paid. */
export function withPendingUpdate(
  context: Context,
  original: Subscription,
  changed: Subscription,
  invoice: Invoice,
): Subscription {
  const pending: PendingChange = {
    invoice: invoice.id,
    fields: {
      items: changed.items,
      billing_cycle_anchor: changed.billing_cycle_anchor,
      trial_start: changed.trial_start,
      trial_end: changed.trial_end,
      status: changed.status,
      discounts: changed.discounts,
    },
    debits: changed.sandbox.debits,
  };
  const anchorMoves = changed.billing_cycle_anchor !== original.billing_cycle_anchor;
  return {
    ...withState(original, { pending }),
    latest_invoice: invoice.id,
    pending_update: {
      billing_cycle_anchor: anchorMoves ? changed.billing_cycle_anchor : null,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: context.now() + PAYMENT_WINDOW_SECONDS,
      metadata: null,
      subscription_items: changed.items.data,
      trial_end: changed.trial_end === original.trial_end ? null : changed.trial_end,
      trial_from_plan: null,
    },
  };
}

/** Makes the change that waited for its invoice; emits `…pending_update_applied` and `…updated`. */
export function applyPendingUpdate(context: Context, subscription: Subscription): Subscription {
  const { pending } = subscription.sandbox;
  if (pending === null) return subscription;
  const after = withState(
    { ...subscription, ...pending.fields, pending_update: null },
    { pending: null, debits: pending.debits },
  );
  saveSubscription(context, subscription, after);
  context.emit('customer.subscription.pending_update_applied', after);
  return after;
}

/** Forgets the change that waited for its invoice. */
export function dropPendingUpdate(context: Context, subscription: Subscription): Subscription {
  return saveSubscription(
    context,
    subscription,
    withState({ ...subscription, pending_update: null }, { pending: null }),
  );
}
