import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { type Discount } from '../discount/discount-type.js';
import { earliestPeriodEnd } from '../subscription-item/item-periods.js';
import { scheduledEnd } from './compute-subscription.js';
import { type UpdateParameters } from './subscription-parameters.js';
import { type Subscription } from './subscription-type.js';

/** The end that the subscription is scheduled to have after the parameters. */
export function withEnd(context: Context, subscription: Subscription, sent: UpdateParameters): Subscription {
  const clears = sent.cancel_at === null || sent.cancel_at_period_end === false;
  const end =
    sent.cancel_at_period_end === true
      ? earliestPeriodEnd(subscription)
      : scheduledEnd(subscription, sent.cancel_at ?? undefined);
  if (end !== null) {
    if (end <= context.now()) throw invalidRequest('cancel_at must be in the future.', { param: 'cancel_at' });
    return {
      ...subscription,
      cancel_at: end,
      cancel_at_period_end: sent.cancel_at_period_end === true,
      canceled_at: context.now(),
      cancellation_details: { ...detailsOf(subscription), reason: 'cancellation_requested' },
      sandbox: { ...subscription.sandbox, prorate_cancellation: sent.proration_behavior !== 'none' },
    };
  }
  if (subscription.cancel_at_period_end && !clears) {
    return { ...subscription, cancel_at: earliestPeriodEnd(subscription) };
  }
  if (!clears || subscription.cancel_at === null) return subscription;
  return {
    ...subscription,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { ...detailsOf(subscription), reason: null },
  };
}

function detailsOf(subscription: Subscription) {
  return subscription.cancellation_details ?? { comment: null, feedback: null, feedback_option: null, reason: null };
}

/** The subscription with the cancellation details of a request. */
export function withDetails(subscription: Subscription, sent: UpdateParameters['cancellation_details']): Subscription {
  if (sent === undefined) return subscription;
  const current = detailsOf(subscription);
  return {
    ...subscription,
    cancellation_details: {
      ...current,
      comment: changed(sent.comment, current.comment),
      feedback: changed(sent.feedback, current.feedback),
    },
  };
}

/** The settings that a request changes, which touch neither items nor periods. */
export function withSettings(subscription: Subscription, sent: UpdateParameters): Subscription {
  const settings = subscription.invoice_settings;
  const payment = subscription.payment_settings;
  const trial = subscription.trial_settings?.end_behavior;
  const sentTrial = sent.trial_settings?.end_behavior;
  return {
    ...subscription,
    collection_method: sent.collection_method ?? subscription.collection_method,
    days_until_due: sent.days_until_due ?? subscription.days_until_due,
    default_payment_method: changed(sent.default_payment_method, subscription.default_payment_method),
    description: changed(sent.description, subscription.description),
    invoice_settings: {
      ...settings,
      custom_fields: changed(sent.invoice_settings?.custom_fields, settings.custom_fields),
      description: changed(sent.invoice_settings?.description, settings.description),
      footer: changed(sent.invoice_settings?.footer, settings.footer),
    },
    metadata: mergeMetadata(subscription.metadata, sent.metadata),
    pause_collection:
      sent.pause_collection === undefined
        ? subscription.pause_collection
        : sent.pause_collection && { ...sent.pause_collection, resumes_at: sent.pause_collection.resumes_at ?? null },
    payment_settings: {
      payment_method_options: payment?.payment_method_options ?? null,
      payment_method_types: changed(sent.payment_settings?.payment_method_types, payment?.payment_method_types ?? null),
      save_default_payment_method:
        sent.payment_settings?.save_default_payment_method ?? payment?.save_default_payment_method ?? null,
    },
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: sentTrial?.billing_cycle_anchor ?? trial?.billing_cycle_anchor ?? null,
        missing_payment_method: sentTrial?.missing_payment_method ?? trial?.missing_payment_method ?? 'create_invoice',
      },
    },
  };
}

export function withDiscounts(
  subscription: Subscription,
  sent: UpdateParameters,
  discounts: readonly Discount[],
): Subscription {
  if (sent.discounts === undefined) return subscription;
  return { ...subscription, discounts: discounts.map((discount) => discount.id) };
}
