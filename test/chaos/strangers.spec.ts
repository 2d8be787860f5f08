import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Caller } from '../support/caller.js';
import { withoutEvents } from '../support/lost-events.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver } from '../support/webhook-deliveries.js';
import { chaosSettings } from './chaos-settings.js';
import { Random } from './ordering-model/random.js';

const { strangers: USERS } = chaosSettings();
const AT_ONCE = 5;
const SEED = 50;
/** What every signed-in user may read, and what it is for one who has nothing. */
const NOTHING: Record<string, unknown> = {
  '/customer': null,
  '/subscription': null,
  '/subscriptions': [],
  '/payment-methods': [],
  '/invoices': [],
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
}, 60_000);
afterAll(() => app.close());

async function inChunks<Value, Result>(values: readonly Value[], work: (value: Value) => Promise<Result>) {
  const results: Result[] = [];
  for (let start = 0; start < values.length; start += AT_ONCE)
    results.push(...(await Promise.all(values.slice(start, start + AT_ONCE).map(work))));
  return results;
}

interface Stranger {
  customer: string;
  card: string;
}

/** A customer of another program on the same account, with a card that pays and a subscription that was paid. */
async function makeStranger(user: Caller): Promise<Stranger> {
  const { id } = await app.stripe.customers.create({
    email: `${user.sub}@example.com`,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
    metadata: { user_id: await user.userId() },
  });
  await app.stripe.subscriptions.create({ customer: id, items: [{ price: app.prices.enterprise.month }] });
  const [card] = (await app.stripe.customers.listPaymentMethods(id)).data;
  return { customer: id, card: card?.id ?? '' };
}

/** All events of an account, in a random order. */
async function shuffledEvents(): Promise<Stripe.Event[]> {
  const events: Stripe.Event[] = [];
  for await (const event of app.stripe.events.list({ limit: 100 })) events.push(event);
  const random = new Random(SEED);
  const drawn = events.map((event) => ({ event, place: random.next() }));
  return drawn.sort((one, other) => one.place - other.place).map(({ event }) => event);
}

async function chargesOf({ customer }: Stranger): Promise<number> {
  return (await app.stripe.charges.list({ customer, limit: 100 })).data.length;
}

describe('users, and as many customers of another program that name their numbers and their e-mails', () => {
  let users: Caller[];
  let strangers: Stranger[];
  beforeAll(async () => {
    users = await Promise.all(Array.from({ length: USERS }, (_, n) => Caller.of(app, `user-${n + 1}`)));
    await inChunks(users, async (user) => user.get('/customer').expect(200));
    const numbers = (await Promise.all(users.map((user) => user.userId()))).map(Number);
    expect(numbers.sort((one, other) => one - other)).toEqual(Array.from({ length: USERS }, (_, n) => n + 1));
    strangers = await withoutEvents(app, () => inChunks(users, makeStranger));
    await inChunks(await shuffledEvents(), async (event) => deliver(app, event).expect(200));
    await app.settle();
  }, 120_000);

  it('have nothing of theirs: every list is empty, and no row was written', async () => {
    for (const [path, nothing] of Object.entries(NOTHING)) {
      const answers = await inChunks(users, async (user) => (await user.get(path).expect(200)).body as unknown);
      expect({ path, answers }).toEqual({ path, answers: users.map(() => nothing) });
    }
    const [rows] = await app.dataSource.query<object[]>(
      `select (select count(*)::int from customers) as customers, (select count(*)::int from subscriptions) as subscriptions,
         (select count(*)::int from invoices) as invoices, (select count(*)::int from payments) as payments,
         (select count(*)::int from customer_payment_methods) as cards`,
    );
    expect(rows).toEqual({ customers: 0, subscriptions: 0, invoices: 0, payments: 0, cards: 0 });
    const states = await app.dataSource.query<object[]>(
      `select distinct state, reason from webhook_events
       where stripe_customer_id is not null and reason is distinct from 'unknown_type'`,
    );
    expect(states).toEqual([{ state: 'ignored', reason: 'unlinked_customer' }]);
  }, 60_000);

  it('pay with none of their cards, and buy as customers of their own', async () => {
    const before = await inChunks(strangers, chargesOf);
    const pairs = users.map((user, place) => ({ user, stranger: strangers[place] }));
    await inChunks(pairs, async ({ user, stranger }) => {
      const stolen = await user.post('/subscription', { tier: 'starter', payment_method_id: stranger?.card });
      expect([stolen.status, stolen.body.code]).toEqual([400, 'invalid_payment_method']);
      await user.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_mastercard' }).expect(201);
    });
    await app.settle();
    const own = await inChunks(users, (user) => user.stripeCustomerId());
    expect(new Set(own).size).toBe(USERS);
    expect(own.filter((id) => strangers.some(({ customer }) => customer === id))).toEqual([]);
    expect(await inChunks(strangers, chargesOf)).toEqual(before);
    const seen = await inChunks(users, async (user) => ({
      cards: (await user.listCards()).map(({ card_brand: brand }) => brand),
      tiers: ((await user.get('/subscriptions').expect(200)).body as { tier: string }[]).map(({ tier }) => tier),
      paid: ((await user.get('/invoices').expect(200)).body as { amount_paid: number }[]).map((one) => one.amount_paid),
    }));
    expect(seen).toEqual(users.map(() => ({ cards: ['mastercard'], tiers: ['starter'], paid: [29] })));
  }, 120_000);
});
