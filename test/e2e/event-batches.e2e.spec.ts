import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf, inboxRow, reaches } from '../support/webhook-deliveries.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ enabledEvents: ['balance.available'], environment: { WEBHOOK_MAX_ATTEMPTS: '2' } });
}, 60_000);
afterAll(() => app.close());

const now = () => Math.floor(Date.now() / 1000);

interface Bought {
  caller: Caller;
  subscription: Stripe.Subscription;
}

/** Purchases of payers of their own, as Stripe has them. */
async function buy(count: number): Promise<Bought[]> {
  const bought: Bought[] = [];
  for (let number = 0; number < count; number++) {
    const caller = await Caller.create(app);
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    const customer = await caller.stripeCustomerId();
    const [subscription] = (await app.stripe.subscriptions.list({ customer })).data;
    if (subscription === undefined) throw new Error('Stripe has no subscription');
    bought.push({ caller, subscription });
  }
  return bought;
}

/** Batches and what they took in so far, as the metrics say. */
async function batches(): Promise<{ count: number; events: number }> {
  const { text } = await app.root.get('/metrics').expect(200);
  const valueOf = (name: string) =>
    Number(new RegExp(`^billing_webhook_batch_events_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return { count: valueOf('count'), events: valueOf('sum') };
}

function updated({ subscription }: Bought, comment: string, after = 10, changes: object = {}) {
  const cancellation_details = { ...subscription.cancellation_details, comment };
  const object = { ...subscription, cancellation_details, ...changes };
  return eventOf('customer.subscription.updated', object, { created: now() + after });
}

async function reasonOf({ caller }: Bought): Promise<unknown> {
  const { body } = await caller.get('/subscription').expect(200);
  const [row] = await app.dataSource.query<{ cancellation_reason: string | null }[]>(
    'select cancellation_reason from subscriptions where id = $1',
    [(body as { id: number }).id],
  );
  return row?.cancellation_reason;
}

async function send(events: readonly object[]): Promise<void> {
  await Promise.all(events.map((event) => deliver(app, event).expect(200)));
}

describe('events that come in together', () => {
  it('are taken in by fewer transactions than there are events, each to its own row', async () => {
    const bought = await buy(4);
    const before = await batches();
    const events = [1, 2, 3, 4, 5].flatMap((round) =>
      bought.map((one, place) => updated(one, `${place}: ${round}`, round * 10)),
    );
    await send(events);
    for (const { id } of events) await reaches(app, id, 'done');
    for (const [place, one] of bought.entries()) expect(await reasonOf(one)).toBe(`${place}: 5`);
    const after = await batches();
    expect(after.events - before.events).toBe(events.length);
    expect(after.count - before.count).toBeLessThan(events.length);
  });

  it('end with the newest of an object in whatever order they come', async () => {
    const [one] = await buy(1);
    if (one === undefined) return;
    await send([30, 10, 40, 20].map((after) => updated(one, `after ${after}`, after)));
    await app.settle();
    expect(await reasonOf(one)).toBe('after 40');
  });

  it('tell the host of every change, once', async () => {
    const bought = await buy(3);
    await send(bought.map((one) => updated(one, 'ends', 10, { cancel_at_period_end: true, cancel_at: now() + 1000 })));
    await app.settle();
    for (const { subscription } of bought) {
      const told = await app.dataSource.query<{ type: string }[]>(
        `select type from outgoing_events where stripe_id = $1 and data->'previous' ? 'cancel_at_period_end' order by id`,
        [subscription.id],
      );
      expect(told.map(({ type }) => type)).toContain('subscription.updated');
      expect(new Set(told.map(({ type }) => type)).size).toBe(told.length);
    }
  });

  it('are not held up by one that cannot be read', async () => {
    const [broken, ...others] = await buy(3);
    if (broken === undefined) return;
    const poison = updated(broken, 'broken', 10, { items: null });
    const events = others.map((one) => updated(one, 'whole'));
    await send([poison, ...events]);
    for (const { id } of events) expect(await reaches(app, id, 'done')).toMatchObject({ attempts: 1 });
    expect(await inboxRow(app, poison.id)).not.toMatchObject({ state: 'done' });
  });

  it('go the single way where more is to be done than the write of their row', async () => {
    const [one] = await buy(1);
    if (one === undefined) return;
    const customer = await one.caller.stripeCustomerId();
    await app.stripe.subscriptions.cancel(one.subscription.id);
    const ended = await app.stripe.subscriptions.retrieve(one.subscription.id);
    const before = await batches();
    await send([eventOf('customer.subscription.deleted', ended, { created: now() + 10 })]);
    await app.settle();
    expect((await batches()).events).toBe(before.events);
    expect((await one.caller.get('/subscription').expect(200)).body).toBeNull();
    expect(customer).toBe(idOf(ended.customer));
  });
});

describe('a burst of more than a process holds', () => {
  it('is stored, answered and worked off to the last event', async () => {
    const bought = await buy(3);
    const events = Array.from({ length: 240 }, (_none, round) =>
      bought.map((one) => updated(one, `${round}`, 10 + round * 3)),
    ).flat();
    await send(events);
    await app.settle();
    const [{ count }] = await app.dataSource.query<[{ count: number }]>(
      `select count(*)::int as count from webhook_events where state = 'done' and event_id = any($1)`,
      [events.map(({ id }) => id)],
    );
    expect(count).toBe(events.length);
    for (const one of bought) expect(await reasonOf(one)).toBe('239');
  }, 120_000);
});

function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}
