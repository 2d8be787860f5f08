import type Stripe from 'stripe';
import { listPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, required, string } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type ObjectHook } from '../../kernel/context.js';
import { activeEntitlementSummaries } from '../active-entitlement-summary/active-entitlement-summary-type.js';
import { requireCustomer } from '../customer/customer-type.js';
import { type Subscription } from '../subscription/subscription-type.js';
import { activeEntitlements } from './active-entitlement-type.js';
import { keepEntitlements } from './keep-entitlements.js';

const retrieve = route({
  method: 'GET',
  path: '/v1/entitlements/active_entitlements/:entitlement',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(activeEntitlements).require(path.entitlement)),
});

const list = route({
  method: 'GET',
  path: '/v1/entitlements/active_entitlements',
  parameters: {
    ...pagination,
    customer: required(string()),
  } satisfies DeclaredFor<Stripe.Entitlements.ActiveEntitlementListParams>,
  handle({ context, parameters }) {
    const customer = requireCustomer(context, parameters.customer);
    return listPage(context, activeEntitlements, parameters, {
      url: '/v1/entitlements/active_entitlements',
      among: context.objects(activeEntitlements).where('customer', customer.id),
    });
  },
});

const onSubscription: ObjectHook = (context, record) => keepEntitlements(context, record as Subscription);

export const activeEntitlementResource: Resource = {
  types: [activeEntitlements, activeEntitlementSummaries],
  routes: [retrieve, list],
  onEvent: {
    'customer.subscription.created': onSubscription,
    'customer.subscription.updated': onSubscription,
    'customer.subscription.paused': onSubscription,
    'customer.subscription.resumed': onSubscription,
    'customer.subscription.deleted': onSubscription,
  },
};
