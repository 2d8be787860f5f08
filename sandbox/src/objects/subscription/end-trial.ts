import { type Context } from '../../kernel/context.js';
import { paymentMethodFor } from '../invoice/invoice-collection.js';
import { endSubscription } from './end-subscription.js';
import { saveSubscription } from './save-subscription.js';
import { type Subscription } from './subscription-type.js';

/**
 * A trial that ends without a payment method: as `trial_settings` says. Returns null when it is over with that.
 * @param before the subscription before the running request's other changes, for the event
 */
export function endTrial(
  context: Context,
  subscription: Subscription,
  before: Subscription = subscription,
): Subscription | null {
  const behavior = subscription.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice';
  const automatic = subscription.collection_method === 'charge_automatically';
  const missing = automatic && paymentMethodFor(context, subscription) === null;
  if (missing && behavior === 'cancel') {
    endSubscription(context, subscription);
    return null;
  }
  if (missing && behavior === 'pause') {
    const type = 'trial_end_without_payment_method';
    const paused = pausedSubscription(context, subscription, type);
    saveSubscription(context, before, paused);
    context.emit('customer.subscription.paused', paused);
    return null;
  }
  return { ...subscription, status: 'active' };
}

/** The subscription in the status `paused`. */
export function pausedSubscription(context: Context, subscription: Subscription, type: string): Subscription {
  return {
    ...subscription,
    status: 'paused',
    status_details: { paused: { type: 'subscription', transitioned_at: context.now(), subscription: { type } } },
  };
}
