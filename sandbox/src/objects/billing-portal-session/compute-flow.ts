import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Subscription, isTerminal, subscriptions } from '../subscription/subscription-type.js';
import {
  type Configuration,
  type Features,
} from '../billing-portal-configuration/billing-portal-configuration-type.js';
import { type FlowParameters } from './billing-portal-session-parameters.js';
import { type Flow } from './billing-portal-session-type.js';

/** The feature that a flow needs. */
const FEATURE_OF: Readonly<Record<string, keyof Features>> = {
  customer_update: 'customer_update',
  payment_method_update: 'payment_method_update',
  subscription_cancel: 'subscription_cancel',
  subscription_update: 'subscription_update',
  subscription_update_confirm: 'subscription_update',
};

function checkSubscription(context: Context, customer: string, id: string, type: string): Subscription {
  const param = `flow_data[${type}][subscription]`;
  const subscription = context.objects(subscriptions).require(id, param);
  if (subscription.customer !== customer) {
    throw invalidRequest(`The subscription ${id} does not belong to the customer ${customer}.`, { param });
  }
  if (isTerminal(subscription)) throw invalidRequest(`The subscription ${id} has ended.`, { param });
  if (type === 'subscription_cancel' && subscription.cancel_at !== null) {
    throw invalidRequest(`The subscription ${id} is already set to be canceled.`, { param });
  }
  return subscription;
}

function checkItems(subscription: Subscription, sent: FlowParameters['subscription_update_confirm']): void {
  const param = 'flow_data[subscription_update_confirm][items]';
  if (subscription.items.data.length !== 1) {
    throw invalidRequest('Subscriptions with several items cannot be updated in the portal.', { param });
  }
  if (sent?.items[0]?.id !== subscription.items.data[0]?.id) {
    throw invalidRequest(`The subscription ${subscription.id} has no such item.`, { param: `${param}[0][id]` });
  }
}

function afterCompletion(sent: FlowParameters['after_completion']): Flow['after_completion'] {
  const type = sent?.type ?? 'portal_homepage';
  if (type === 'redirect' && sent?.redirect === undefined) {
    throw invalidRequest('Missing required param: flow_data[after_completion][redirect].', {
      code: 'parameter_missing',
      param: 'flow_data[after_completion][redirect]',
    });
  }
  return {
    type,
    hosted_confirmation:
      type === 'hosted_confirmation' ? { custom_message: sent?.hosted_confirmation?.custom_message ?? null } : null,
    redirect: type === 'redirect' ? (sent?.redirect ?? null) : null,
  };
}

/** Checks the subscription of a flow that is about one. */
function checkTarget(context: Context, customer: string, sent: FlowParameters): void {
  const { type } = sent;
  if (type !== 'subscription_cancel' && type !== 'subscription_update' && type !== 'subscription_update_confirm')
    return;
  const id = sent[type]?.subscription;
  if (id === undefined) {
    const param = `flow_data[${type}]`;
    throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  const subscription = checkSubscription(context, customer, id, type);
  if (type === 'subscription_update_confirm') checkItems(subscription, sent.subscription_update_confirm);
}

/** What a flow is about: of the fields that name a subscription, the one that its type means. */
function targetOf(
  sent: FlowParameters,
): Pick<Flow, 'subscription_cancel' | 'subscription_update' | 'subscription_update_confirm'> {
  const { subscription_cancel: cancel, subscription_update: update, subscription_update_confirm: confirm, type } = sent;
  const items = (confirm?.items ?? []).map(({ id, price, quantity }) => ({
    id,
    price: price ?? null,
    ...(quantity === undefined ? {} : { quantity }),
  }));
  return {
    subscription_cancel:
      type === 'subscription_cancel' && cancel ? { retention: null, subscription: cancel.subscription } : null,
    subscription_update: type === 'subscription_update' && update ? { subscription: update.subscription } : null,
    subscription_update_confirm:
      type === 'subscription_update_confirm' && confirm
        ? { discounts: null, items, subscription: confirm.subscription }
        : null,
  };
}

/** The one thing that a session is for. Throws 400 for a flow that its configuration or its customer does not allow. */
export function flowOf(
  context: Context,
  customer: string,
  configuration: Configuration,
  sent: FlowParameters | undefined,
): Flow | null {
  if (sent === undefined) return null;
  const { type } = sent;
  const feature = FEATURE_OF[type];
  if (feature === undefined) throw notSupported(`the flow ${type}`, 'flow_data[type]');
  if (!configuration.features[feature].enabled) {
    throw invalidRequest(`This flow needs the feature ${feature}, which the portal configuration has switched off.`, {
      param: 'flow_data[type]',
    });
  }
  checkTarget(context, customer, sent);
  return {
    type,
    after_completion: afterCompletion(sent.after_completion),
    customer_update: type === 'customer_update' ? {} : null,
    subscription_pause: null,
    ...targetOf(sent),
  };
}
