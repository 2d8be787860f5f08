import type Stripe from 'stripe';

/**
 * A trial or a period that is over is followed by a whole period that begins now. One that still runs was paid for and goes
 * on: a new one would begin without any credit for it.
 * @param now seconds, Stripe's clock
 */
export function toResumeParams(
  { items, status_details: details }: Stripe.Subscription,
  now: number,
): Stripe.SubscriptionResumeParams {
  const wasTrial = details?.paused.subscription.type === 'trial_end_without_payment_method';
  const runs = !wasTrial && items.data.some((item) => item.current_period_end > now);
  return {
    billing_cycle_anchor: { type: runs ? 'unchanged' : 'now' },
    payment_behavior: 'resume_on_payment_success',
  };
}
