import type Stripe from 'stripe';
import { SUBSCRIBED_EVENT_TYPES } from '../../../src/webhooks/event-routes.js';
import { type TestedService } from '../../support/test-app.js';

/** What must hold of every customer, whatever happened. Answers what does not. */
export async function brokenInvariants(app: TestedService, customer: Stripe.Customer): Promise<string[]> {
  const [subscriptions, invoices] = await Promise.all([
    app.stripe.subscriptions.list({ customer: customer.id, status: 'all', limit: 100 }),
    app.stripe.invoices.list({ customer: customer.id, limit: 100 }),
  ]);
  const payments = await Promise.all(invoices.data.map((invoice) => paymentsOf(app, invoice.id)));
  return [
    ...(await duplicates(app, customer.id)),
    ...liveAtStripe(subscriptions.data),
    ...subscriptions.data.flatMap((subscription) => chargedTwice(subscription, subscriptions.data, invoices.data)),
    ...payments.flat(),
  ].map((text) => `${customer.id}: ${text}`);
}

/**
 * What must hold once everything has come to rest. A detached payment method names nobody: where that is told before its
 * attachment, nobody is waited for, and the later event reads it anew.
 */
export async function unsettled(app: TestedService): Promise<string[]> {
  const events = await app.dataSource.query<{ text: string }[]>(
    `select concat_ws(' ', event_id, type, object_id, state, reason, attempts, 'attempts, due in', next_attempt_at - now(),
                      'received', now() - received_at, 'ago', last_error) as text from webhook_events
     where state not in ('done', 'ignored') or reason = 'foreign_customer'
        or reason = 'unlinked_customer' and not (type = 'payment_method.detached' and stripe_customer_id is null)`,
  );
  const operations = await app.dataSource.query<{ text: string }[]>(
    `select concat_ws(' ', kind, key, subject_stripe_id) as text from stripe_operations where state = 'open'`,
  );
  return [...events, ...operations].map(({ text }) => `unsettled: ${text}`);
}

/** Ids of the events that Stripe lists and that have not come in. */
export async function missingEvents(app: TestedService): Promise<string[]> {
  const types = new Set<string>(SUBSCRIBED_EVENT_TYPES);
  const listed: string[] = [];
  for await (const { id, type } of app.stripe.events.list({ limit: 100 })) if (types.has(type)) listed.push(id);
  const missing = await app.dataSource.query<{ id: string }[]>(
    'select id from unnest($1::text[]) as listed (id) where not exists (select 1 from webhook_events where event_id = listed.id)',
    [listed],
  );
  return missing.map(({ id }) => id);
}

async function duplicates(app: TestedService, stripeCustomerId: string): Promise<string[]> {
  const live = await app.dataSource.query<{ id: string }[]>(
    `select s.stripe_subscription_id as id from subscriptions s join customers c on c.id = s.customer_id
     where c.stripe_customer_id = $1 and s.duplicate_of_id is null
       and s.status not in ('canceled', 'incomplete_expired')`,
    [stripeCustomerId],
  );
  return live.length > 1 ? [`${live.length} live subscriptions`] : [];
}

/** A second one that was sold here was ended; what an operator sold at Stripe lives on. */
function liveAtStripe(all: readonly Stripe.Subscription[]): string[] {
  const sold = all.filter(({ metadata }) => metadata.billing_instance !== undefined);
  const live = sold.filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired');
  return live.length > 1 ? [`${live.length} live subscriptions at Stripe`] : [];
}

/** One subscription of an operation, and one first invoice of a subscription. */
function chargedTwice(
  subscription: Stripe.Subscription,
  all: readonly Stripe.Subscription[],
  invoices: readonly Stripe.Invoice[],
): string[] {
  const key = subscription.metadata.operation_key;
  const twins = key === undefined ? [] : all.filter(({ metadata }) => metadata.operation_key === key);
  const first = invoices.filter(
    ({ billing_reason: reason, parent }) =>
      reason === 'subscription_create' && parent?.subscription_details?.subscription === subscription.id,
  );
  return [
    ...(twins.length > 1 ? [`operation ${key} made ${twins.length} subscriptions`] : []),
    ...(first.length > 1 ? [`${subscription.id} has ${first.length} first invoices`] : []),
  ];
}

async function paymentsOf(app: TestedService, invoice: string): Promise<string[]> {
  const { data } = await app.stripe.invoicePayments.list({ invoice, status: 'paid' });
  return data.length > 1 ? [`${invoice} was paid ${data.length} times`] : [];
}
