import { cancelSubscription } from '../../objects/subscription/cancel-subscription.js';
import { earliestPeriodEnd } from '../../objects/subscription-item/item-periods.js';
import { type Subscription } from '../../objects/subscription/subscription-type.js';
import { updateSubscription } from '../../objects/subscription/update-subscription.js';
import { type Part, html } from '../html.js';
import { dateText, form } from '../layout.js';
import { type PageAnswer, field } from '../page.js';
import { type Portal, after, portalPage, requireFeature, subscriptionAt, taskPage } from './portal.js';
import { itemText } from './subscription-facts.js';

const REASONS = {
  customer_service: 'Customer service was less than expected',
  low_quality: 'Quality was less than expected',
  missing_features: 'I need more features',
  switched_service: 'I found an alternative',
  too_complex: 'Ease of use was less than expected',
  too_expensive: 'It’s too expensive',
  unused: 'I no longer need it',
  other: 'Other reason',
} as const;

type Reason = keyof typeof REASONS;

function isReason(value: string): value is Reason {
  return value in REASONS;
}

function reasonFields(portal: Portal): Part {
  const { enabled, options } = portal.configuration.features.subscription_cancel.cancellation_reason;
  if (!enabled) return null;
  return html`<fieldset>
      <legend>Why do you cancel? (optional)</legend>
      ${options.filter(isReason).map(
        (reason) =>
          html`<label class="choice">
            <input type="radio" name="feedback" value="${reason}" />
            <span>${REASONS[reason]}</span>
          </label>`,
      )}
    </fieldset>
    <div class="field">
      <label for="comment">Anything else? (optional)</label>
      <textarea id="comment" name="comment" rows="3" maxlength="500"></textarea>
    </div>`;
}

function show(portal: Portal): PageAnswer {
  requireFeature(portal, 'subscription_cancel');
  const subscription = subscriptionAt(portal);
  if (subscription.cancel_at !== null) return { redirect: portal.first };
  const { mode } = portal.configuration.features.subscription_cancel;
  const names = subscription.items.data.map((item) => itemText(portal.call.context, item)).join(', ');
  const consequence =
    mode === 'immediately'
      ? 'It ends at once.'
      : `It stays available until ${dateText(earliestPeriodEnd(subscription))} and is not renewed then.`;
  return taskPage(
    portal,
    'Cancel your plan',
    html`<p><strong>${names}</strong> will be canceled. ${consequence}</p>
      ${form(
        portal.call,
        portal.call.path,
        html`${reasonFields(portal)} <button class="danger wide">Cancel plan</button>`,
      )}`,
  );
}

/** Cancels as the configuration says: at once, or at the end of the period, which is set as `cancel_at`. */
function cancel(portal: Portal, subscription: Subscription): void {
  const { context } = portal.call;
  const { mode, proration_behavior: proration } = portal.configuration.features.subscription_cancel;
  const feedback = field(portal.call, 'feedback');
  const comment = field(portal.call, 'comment').slice(0, 500);
  const details = {
    ...(isReason(feedback) ? { feedback } : {}),
    ...(comment === '' ? {} : { comment }),
  };
  if (mode === 'immediately') {
    cancelSubscription(context, subscription, {
      cancellation_details: details,
      prorate: proration !== 'none',
      invoice_now: proration === 'always_invoice',
    });
  } else updateSubscription(context, subscription, { cancel_at: 'min_period_end', cancellation_details: details });
}

export const cancelPage = portalPage('/subscriptions/:subscription/cancel', show, (portal) => {
  requireFeature(portal, 'subscription_cancel');
  const subscription = subscriptionAt(portal);
  if (subscription.cancel_at === null) cancel(portal, subscription);
  return after(portal, 'subscription_cancel');
});

/** Takes a scheduled cancellation back. */
export const renewPage = portalPage(
  '/subscriptions/:subscription/renew',
  (portal) => ({ redirect: portal.first }),
  (portal) => {
    requireFeature(portal, 'subscription_cancel');
    const subscription = subscriptionAt(portal);
    if (subscription.cancel_at !== null) {
      const ends = subscription.cancel_at_period_end ? { cancel_at_period_end: false } : { cancel_at: null };
      updateSubscription(portal.call.context, subscription, ends);
    }
    return { redirect: portal.first };
  },
);
