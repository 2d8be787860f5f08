import type Stripe from 'stripe';
import { inRange, listPage } from '../../http/lists.js';
import { type DeclaredFor, hash, oneOf, required, timestamp, unsupported } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { type Customer } from '../customer/customer-type.js';
import { deletedDiscount, discounts } from '../discount/discount-type.js';
import { earliestPeriodEnd } from '../subscription-item/item-periods.js';
import { advanceSubscription } from './advance-subscription.js';
import { cancelSubscription } from './cancel-subscription.js';
import { createSubscription } from './create-subscription.js';
import { endSubscription } from './end-subscription.js';
import { pauseSubscription, resumeSubscription } from './pause-subscription.js';
import { onSetupSucceeded } from './pending-setup-intent.js';
import { SUBSCRIPTION_DUE, saveSubscription } from './save-subscription.js';
import { cancelParameters, createParameters, listParameters, updateParameters } from './subscription-parameters.js';
import { type Subscription, isTerminal, requireSubscription, subscriptions } from './subscription-type.js';
import { updateSubscription } from './update-subscription.js';

const path = '/v1/subscriptions/:subscription';

const create = route({
  method: 'POST',
  path: '/v1/subscriptions',
  parameters: createParameters,
  handle: ({ context, parameters }) => context.present(createSubscription(context, parameters)),
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(requireSubscription(context, names.subscription)),
});

const update = route({
  method: 'POST',
  path,
  parameters: updateParameters,
  handle: ({ context, path: names, parameters }) =>
    context.present(updateSubscription(context, requireSubscription(context, names.subscription), parameters)),
});

const cancel = route({
  method: 'DELETE',
  path,
  parameters: cancelParameters,
  handle: ({ context, path: names, parameters }) =>
    context.present(cancelSubscription(context, requireSubscription(context, names.subscription), parameters)),
});

const deleteDiscount = route({
  method: 'DELETE',
  path: `${path}/discount`,
  parameters: {},
  handle({ context, path: names }) {
    const subscription = requireSubscription(context, names.subscription);
    const discount = context.objects(discounts).require(subscription.discounts[0] ?? '');
    context.emit('customer.discount.deleted', discount);
    saveSubscription(context, subscription, { ...subscription, discounts: [] });
    return deletedDiscount(discount);
  },
});

const list = route({
  method: 'GET',
  path: '/v1/subscriptions',
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, subscriptions, sent, {
      url: '/v1/subscriptions',
      among: sent.customer === undefined ? undefined : context.objects(subscriptions).where('customer', sent.customer),
      filter: (subscription) =>
        hasStatus(subscription, sent.status) &&
        inRange(subscription.created, sent.created) &&
        inRange(earliestPeriodEnd(subscription), sent.current_period_end) &&
        inRange(
          Math.min(...subscription.items.data.map((item) => item.current_period_start)),
          sent.current_period_start,
        ) &&
        (sent.collection_method === undefined || subscription.collection_method === sent.collection_method) &&
        onClock(subscription, sent) &&
        hasPrice(subscription, sent.price ?? sent.plan),
    }),
});

function hasStatus(subscription: Subscription, status: string | undefined): boolean {
  if (status === 'all') return true;
  if (status === undefined) return subscription.status !== 'canceled';
  if (status === 'ended') return isTerminal(subscription);
  return subscription.status === status;
}

/** Subscriptions on test clocks are listed for their clock or their customer only. */
function onClock(subscription: Subscription, sent: { test_clock?: string; customer?: string }): boolean {
  if (sent.test_clock !== undefined) return subscription.test_clock === sent.test_clock;
  return subscription.test_clock === null || sent.customer !== undefined;
}

function hasPrice(subscription: Subscription, price: string | undefined): boolean {
  return price === undefined || subscription.items.data.some((item) => item.price.id === price);
}

const pause = route({
  method: 'POST',
  path: `${path}/pause`,
  parameters: {
    bill_for: hash({
      outstanding_usage_through: hash({ type: required(oneOf('none', 'now')) }),
      unused_time_from: hash({ type: required(oneOf('item_current_period_start', 'none', 'now')) }),
    }),
    invoicing_behavior: oneOf('invoice', 'pending_invoice_item'),
    type: oneOf('subscription'),
  } satisfies DeclaredFor<Stripe.SubscriptionPauseParams>,
  handle: ({ context, path: names, parameters }) =>
    context.present(pauseSubscription(context, requireSubscription(context, names.subscription), parameters)),
});

const resume = route({
  method: 'POST',
  path: `${path}/resume`,
  parameters: {
    billing_cycle_anchor: hash({ type: required(oneOf('now', 'unchanged')) }),
    payment_behavior: oneOf('resume_on_payment_attempt', 'resume_on_payment_success'),
    proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
    proration_date: timestamp(),
  } satisfies DeclaredFor<Stripe.SubscriptionResumeParams>,
  handle: ({ context, path: names, parameters }) =>
    context.present(resumeSubscription(context, requireSubscription(context, names.subscription), parameters)),
});

const migrate = route({
  method: 'POST',
  path: `${path}/migrate`,
  parameters: { billing_mode: unsupported() } satisfies DeclaredFor<Stripe.SubscriptionMigrateParams>,
  handle: ({ context, path: names }) => context.present(requireSubscription(context, names.subscription)),
});

/** Cancels the live subscriptions of a customer that is removed. */
function beforeCustomerRemoval(context: Context, customer: Customer): void {
  for (const subscription of context.objects(subscriptions).where('customer', customer.id)) {
    if (!isTerminal(subscription)) endSubscription(context, subscription, { reason: 'cancellation_requested' });
  }
}

export const subscriptionResource: Resource = {
  types: [subscriptions],
  routes: [create, retrieve, update, cancel, deleteDiscount, list, pause, resume, migrate],
  due: { [SUBSCRIPTION_DUE]: (context, id) => advanceSubscription(context, id) },
  onEvent: { 'setup_intent.succeeded': onSetupSucceeded },
  beforeRemoval: { customer: (context, customer) => beforeCustomerRemoval(context, customer as Customer) },
};
