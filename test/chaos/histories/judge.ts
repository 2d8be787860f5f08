import type Stripe from 'stripe';
import { type Caller } from '../../support/caller.js';
import { type TestedService } from '../../support/test-app.js';
import { brokenInvariants } from './invariants.js';
import { differencesOf } from './stripe-truth.js';

/** Everything that is wrong with a customer once all has come to rest: unlike Stripe, or twice. */
export async function wrongOf(app: TestedService, caller: Caller): Promise<string[]> {
  const own = await customersOf(app, caller);
  const gone = await deletedCustomersOf(app, caller);
  const linked = await linkedCustomer(app, caller);
  const [customer = null] = own;
  if (customer === null && gone.length === 0) return linked === null ? [] : [`${linked}: is not at Stripe`];
  if (own.length > 1) return [`${caller.sub}: has ${own.length} customers at Stripe`];
  const wrong = await differencesOf(app, caller.sub, customer, gone);
  if (customer !== null) wrong.push(...(await brokenInvariants(app, customer)));
  return Promise.all(wrong.map(async (text) => `${text}\n${await traceOf(app, text)}`));
}

/** What was told about the objects that a text names: for the reader of a failure. */
async function traceOf(app: TestedService, text: string): Promise<string> {
  const ids: readonly string[] = text.match(/\b(cus|sub|in|pi|pm|re|sub_sched)_\w{10,}/g) ?? [];
  const atStripe: string[] = [];
  for await (const event of app.stripe.events.list({ limit: 100 })) {
    const object = event.data.object as { id?: string; status?: string };
    if (!ids.includes(object.id ?? '')) continue;
    const [row] = await app.dataSource.query<Record<string, unknown>[]>(
      'select state, reason, attempts, api_version from webhook_events where event_id = $1',
      [event.id],
    );
    atStripe.push(`  ${event.created} ${event.type} ${object.status ?? ''} → ${JSON.stringify(row ?? 'not here')}`);
  }
  return atStripe.reverse().join('\n');
}

/** By e-mail, as a human would look. */
async function customersOf(app: TestedService, caller: Caller): Promise<Stripe.Customer[]> {
  const { data } = await app.stripe.customers.list({ email: `${caller.sub}@example.com`, limit: 100 });
  return data;
}

/** Stripe lists no customers that were deleted, and events of the last 30 days only; the inbox has them all. */
async function deletedCustomersOf(app: TestedService, { sub }: Caller): Promise<string[]> {
  const rows = await app.dataSource.query<{ id: string }[]>(
    `select distinct object_id as id from webhook_events
     where type = 'customer.deleted' and position($1 in convert_from(payload, 'UTF8')) > 0`,
    [`"${sub}@example.com"`],
  );
  return rows.map(({ id }) => id);
}

async function linkedCustomer(app: TestedService, { sub }: Caller): Promise<string | null> {
  const [row] = await app.dataSource.query<{ id: string | null }[]>(
    `select c.stripe_customer_id as id from customers c join users u on u.id = c.user_id where u.external_id = $1`,
    [sub],
  );
  return row?.id ?? null;
}
