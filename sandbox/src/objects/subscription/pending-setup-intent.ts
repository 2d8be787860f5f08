import { type Context } from '../../kernel/context.js';
import { type StoredObject } from '../../store/object-kind.js';
import { paymentMethods } from '../payment-method/payment-method-type.js';
import { confirmSetup } from '../setup-intent/confirm-setup-intent.js';
import { createSetupIntent } from '../setup-intent/create-setup-intent.js';
import { type SetupIntent } from '../setup-intent/setup-intent-type.js';
import { saveSubscription } from './save-subscription.js';
import { type Subscription, subscriptions } from './subscription-type.js';

/** What decides whether a card must be collected or authenticated now for later invoices. */
interface SetupTerms {
  readonly off_session?: boolean;
}

/**
 * The setup intent of a new subscription that needs no payment yet: without a payment method it collects one, with one
 * that asks for 3-D Secure it authenticates it. Null when nothing is left to do.
 */
export function createPendingSetupIntent(
  context: Context,
  subscription: Subscription,
  paymentMethod: string | null,
  terms: SetupTerms,
): string | null {
  const unpaidYet = subscription.status === 'trialing' || subscription.status === 'active';
  const paid = Object.values(subscription.sandbox.debits).some((debits) => debits.some((debit) => debit.amount > 0));
  if (!unpaidYet || paid || subscription.collection_method !== 'charge_automatically') return null;
  const method = paymentMethod === null ? undefined : context.objects(paymentMethods).get(paymentMethod);
  if (method !== undefined && (method.sandbox.set_up || terms.off_session === true)) return null;
  const intent = createSetupIntent(context, { customer: subscription.customer, usage: 'off_session' });
  if (method === undefined) return intent.id;
  const outcome = confirmSetup(context, intent, method);
  return outcome.status === 'succeeded' ? null : intent.id;
}

/** A setup intent succeeded: the subscription that waited for it has its payment method. */
export function onSetupSucceeded(context: Context, record: StoredObject): void {
  const intent = record as SetupIntent;
  for (const subscription of context.objects(subscriptions).where('setup_intent', intent.id)) {
    const remembers = subscription.payment_settings?.save_default_payment_method === 'on_subscription';
    saveSubscription(context, subscription, {
      ...subscription,
      pending_setup_intent: null,
      default_payment_method:
        remembers && intent.payment_method !== null ? intent.payment_method : subscription.default_payment_method,
    });
  }
}
