import type Stripe from 'stripe';
import {
  type DeclaredFor,
  type Values,
  array,
  hash,
  integer,
  modelled,
  oneOf,
  required,
  string,
  unsupported,
} from '../../http/parameters.js';
import { webAddress } from '../billing-portal-configuration/billing-portal-configuration-parameters.js';

type FlowData = Stripe.BillingPortal.SessionCreateParams.FlowData;

const subscription = required(string());

const flowData = hash({
  after_completion: hash({
    hosted_confirmation: hash({ custom_message: string({ max: 500 }) }),
    redirect: hash({ return_url: required(webAddress) }),
    type: required(oneOf('hosted_confirmation', 'portal_homepage', 'redirect')),
  } satisfies DeclaredFor<NonNullable<FlowData['after_completion']>>),
  subscription_cancel: hash({ retention: unsupported(), subscription }),
  subscription_pause: unsupported(),
  subscription_update: hash({ subscription }),
  subscription_update_confirm: hash({
    discounts: unsupported(),
    items: required(
      array(hash({ id: required(string()), price: string(), quantity: integer({ min: 0 }) }), { max: 1 }),
    ),
    subscription,
  } satisfies DeclaredFor<NonNullable<FlowData['subscription_update_confirm']>>),
  type: required(
    oneOf(
      'customer_update',
      'payment_method_update',
      'subscription_cancel',
      'subscription_pause',
      'subscription_update',
      'subscription_update_confirm',
    ),
  ),
} satisfies DeclaredFor<FlowData>);

export const createParameters = {
  after_expiration: unsupported(),
  configuration: string(),
  customer: required(string()),
  customer_account: unsupported(),
  flow_data: flowData,
  locale: modelled('auto', 'en', 'en-GB'),
  on_behalf_of: unsupported(),
  return_url: webAddress,
} satisfies DeclaredFor<Stripe.BillingPortal.SessionCreateParams>;

export type SessionParameters = Values<typeof createParameters>;
export type FlowParameters = NonNullable<SessionParameters['flow_data']>;
