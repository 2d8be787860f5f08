import { randomBytes } from 'node:crypto';
import Stripe from 'stripe';
import { STRIPE_API_VERSION } from '../../src/stripe/api-version.js';
import { type WebhookEvent } from '../../src/webhooks/webhook-event.entity.js';
import { metadataOf } from './payers.js';
import { type TestApp } from './test-app.js';

/** What the inbox says of an event. */
export type InboxRow = Pick<WebhookEvent, 'state' | 'reason' | 'attempts'> & {
  last_error: string | null;
  object_id: string | null;
  stripe_customer_id: string | null;
  payload: Buffer;
};

/** An event as Stripe's API would show it, about an object as it is given. */
export function eventOf(type: string, object: object, changes: Record<string, unknown> = {}) {
  return {
    id: `evt_${randomBytes(12).toString('hex')}`,
    object: 'event',
    api_version: STRIPE_API_VERSION,
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    ...changes,
  };
}

/** A thin event, which names its object only. */
export function thinEventOf(type: string, related: { id: string; type: string; url: string } | null) {
  return {
    id: `evt_${randomBytes(12).toString('hex')}`,
    object: 'v2.core.event',
    type,
    livemode: false,
    created: new Date().toISOString(),
    related_object: related,
    reason: null,
  };
}

export interface Delivery {
  secret?: string;
  /** Seconds; default: now. */
  timestamp?: number;
  headers?: Record<string, string>;
}

export function signed(app: TestApp, body: string, { secret, timestamp }: Delivery = {}): string {
  return Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: secret ?? app.webhookSecret,
    ...(timestamp === undefined ? {} : { timestamp }),
  });
}

/** Sends a delivery as Stripe does. */
export function deliver(app: TestApp, event: object | string, delivery: Delivery = {}) {
  const body = typeof event === 'string' ? event : JSON.stringify(event, null, 2);
  return app.http
    .post('/webhook')
    .set('Content-Type', 'application/json; charset=utf-8')
    .set('Stripe-Signature', signed(app, body, delivery))
    .set(delivery.headers ?? {})
    .send(body);
}

export async function inboxRow(app: TestApp, eventId: string): Promise<InboxRow | null> {
  const [row] = await app.dataSource.query<InboxRow[]>('select * from webhook_events where event_id = $1', [eventId]);
  return row ?? null;
}

export async function inboxCount(app: TestApp): Promise<number> {
  const [{ count }] = await app.dataSource.query<[{ count: number }]>(
    'select count(*)::int as count from webhook_events',
  );
  return count;
}

/** Waits until an event is in one of these states. */
export async function reaches(app: TestApp, eventId: string, ...states: WebhookEvent['state'][]): Promise<InboxRow> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const row = await inboxRow(app, eventId);
    if (row !== null && states.includes(row.state)) return row;
    if (performance.now() > deadline)
      throw new Error(`${eventId} is ${row?.state} (${row?.reason}), not ${states.join(' or ')}: ${row?.last_error}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Makes everything that waits for its next attempt due now, as the passing of time would. */
export async function makeDue(app: TestApp): Promise<void> {
  await app.dataSource.query(`update webhook_events set next_attempt_at = now() where state = 'received'`);
}

/** A user of ours, known by its first request. */
export async function newUser(app: TestApp, sub: string): Promise<number> {
  await app.http
    .get('/customer')
    .set('Authorization', await app.bearer(sub))
    .expect(200);
  const [{ id }] = await app.dataSource.query<[{ id: number }]>('select id from users where external_id = $1', [sub]);
  return id;
}

/** A user whose customer exists at Stripe and here. */
export async function newCustomer(app: TestApp, sub: string): Promise<Stripe.Customer> {
  await newUser(app, sub);
  const customer = await app.stripe.customers.create({
    email: `${sub}@example.com`,
    metadata: await metadataOf(app, sub),
  });
  const event = eventOf('customer.created', customer);
  await deliver(app, event).expect(200);
  await reaches(app, event.id, 'done');
  return customer;
}

/** The row of a customer. */
export async function customerRow(app: TestApp, stripeCustomerId: string): Promise<Record<string, unknown> | null> {
  const [row] = await app.dataSource.query<Record<string, unknown>[]>(
    'select * from customers where stripe_customer_id = $1',
    [stripeCustomerId],
  );
  return row ?? null;
}
