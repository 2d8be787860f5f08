import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Random } from '../chaos/ordering-model/random.js';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { HoldingProxy } from '../support/holding-proxy.js';
import { settleUser } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
/** Stripe is some milliseconds away, as it is: the time in which another request may come in. */
let toStripe: HoldingProxy;
beforeAll(async () => {
  let sandboxUrl: string | null = null;
  toStripe = await HoldingProxy.start(() => sandboxUrl);
  app = await createTestApp({ environment: { STRIPE_API_BASE: toStripe.url } });
  sandboxUrl = app.sandbox.url;
  // It started without Stripe, and sells once Stripe has confirmed the prices.
  await eventually(async () => void (await app.http.get('/plans').expect(200)));
}, 60_000);
afterAll(async () => {
  await app.close();
  await toStripe.close();
});

const LIVE = new Set(['trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete']);

interface Situation {
  caller: Caller;
  subscription: number;
  cards: number[];
}

async function subscriber(): Promise<Situation> {
  const caller = await Caller.create(app);
  const bought = await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
  await caller.addCard('pm_card_mastercard');
  const cards = await caller.listCards();
  return { caller, subscription: (bought.body as { id: number }).id, cards: cards.map(({ id }) => id) };
}

/** Every changing request of a payer that depends on what another may change. */
const COMMANDS: Record<string, (situation: Situation) => PromiseLike<{ status: number; body: unknown }>> = {
  add: ({ caller }) => caller.post('/payment-methods', { payment_method_id: 'pm_card_amex', set_as_default: true }),
  remove: (situation) => situation.caller.delete(`/payment-methods/${nextCard(situation)}`),
  default: (situation) => situation.caller.post(`/payment-methods/${nextCard(situation)}/default`),
  buy: ({ caller }) => caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_jcb' }),
  checkout: ({ caller }) => caller.post('/checkout', { tier: 'starter' }),
  upgrade: ({ caller, subscription }) => caller.patch(`/subscription/${subscription}`, { tier: 'enterprise' }),
  downgrade: ({ caller, subscription }) => caller.patch(`/subscription/${subscription}`, { tier: 'starter' }),
  cancel: ({ caller, subscription }) => caller.post(`/subscription/${subscription}/cancel`, {}),
  end: ({ caller, subscription }) =>
    caller.post(`/subscription/${subscription}/cancel`, { cancel_at_period_end: false }),
  reactivate: ({ caller, subscription }) => caller.post(`/subscription/${subscription}/reactivate`),
};

/** Each request takes another card, as long as there is one. */
function nextCard({ cards }: Situation): number {
  const [card = 0, ...others] = cards;
  cards.splice(0, cards.length, ...others, card);
  return card;
}

function oneOf<Value>(random: Random, [first, ...rest]: readonly Value[]): Value {
  if (first === undefined) throw new Error('nothing to pick from');
  return random.pick<Value>([first, ...rest]);
}

/** What must hold of a payer at Stripe, whatever was asked. */
async function expectSound({ caller }: Situation, story: unknown): Promise<void> {
  const customer = await caller.stripeCustomerId();
  const [{ data: subscriptions }, { data: cards }] = await Promise.all([
    app.stripe.subscriptions.list({ customer, status: 'all' }),
    app.stripe.paymentMethods.list({ customer }),
  ]);
  const { invoice_settings: settings } = (await app.stripe.customers.retrieve(customer)) as Stripe.Customer;
  const attached = new Set(cards.map(({ id }) => id));
  const live = subscriptions.filter(({ status }) => LIVE.has(status));
  const paying = settings.default_payment_method as string | null;
  const problems = [
    live.length > 1 ? `${live.length} live subscriptions` : '',
    paying !== null && !attached.has(paying) ? 'the default is detached' : '',
    ...live
      .filter(({ cancel_at, cancel_at_period_end }) => cancel_at === null && !cancel_at_period_end)
      .map(({ default_payment_method: own }) => {
        const card = (own as string | null) ?? paying;
        return card === null || !attached.has(card) ? 'a live subscription has no card' : '';
      }),
  ].filter((problem) => problem !== '');
  expect({ story, problems }).toEqual({ story, problems: [] });
  const [row] = (await caller.get('/subscriptions').expect(200)).body as { status: string }[];
  expect({ story, status: row?.status }).toEqual({ story, status: subscriptions[0]?.status });
  const ours = (await caller.listCards()).map(({ is_default }) => is_default).filter(Boolean).length;
  expect({ story, cards: (await caller.listCards()).length, ours }).toEqual({
    story,
    cards: cards.length,
    ours: paying === null ? 0 : 1,
  });
}

const ROUNDS = Number(process.env.PARALLEL_ROUNDS ?? 20);
const SEED = Number(process.env.PARALLEL_SEED ?? 7);

/** Requests that act on the same thing; the rest are chosen from all. */
const SHARP = [
  ['remove', 'remove'],
  ['remove', 'default'],
  ['remove', 'reactivate'],
  ['cancel', 'downgrade'],
] as const;

describe('requests of one payer at the same time', () => {
  it('leave what Stripe has sound, and the tables equal to it, whichever they are', async () => {
    const random = new Random(SEED);
    const names = Object.keys(COMMANDS);
    for (let round = 0; round < ROUNDS; round++) {
      const situation = await subscriber();
      const before = oneOf(random, [[], ['cancel'], ['upgrade']]);
      for (const name of before) await COMMANDS[name]?.(situation);
      const sharp = oneOf(random, [[], ...SHARP]);
      const others = Math.floor(random.between(sharp.length === 0 ? 2 : 0, 7 - sharp.length));
      const chosen = [...sharp, ...Array.from({ length: others }, () => oneOf(random, names))];
      toStripe.delayMs = 10;
      const answers = await Promise.all(chosen.map(async (name) => COMMANDS[name]?.(situation)));
      toStripe.delayMs = 0;
      const story = { round, before, chosen, answers: answers.map((answer) => answer?.status) };
      expect({ story, failed: answers.filter((answer) => (answer?.status ?? 500) >= 500) }).toEqual({
        story,
        failed: [],
      });
      await settleUser(app, situation.caller.sub);
      await expectSound(situation, story);
    }
  }, 900_000);

  it('are refused while another one runs, with the advice to try again', async () => {
    const { caller, subscription, cards } = await subscriber();
    const answers = await Promise.all([
      caller.post(`/payment-methods/${cards[0]}/default`),
      caller.post(`/payment-methods/${cards[1]}/default`),
      caller.post(`/subscription/${subscription}/cancel`, {}),
    ]);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer.body).toMatchObject({ code: 'conflict' });
      expect(answer.headers['retry-after']).toBe('1');
    }
    for (const key of [randomUUID(), randomUUID()])
      await caller.post(`/payment-methods/${cards[0]}/default`).set('Idempotency-Key', key).expect(200);
  });

  it('do not hinder those of another payer', async () => {
    const situations = await Promise.all([subscriber(), subscriber(), subscriber()]);
    const answers = await Promise.all(
      situations.map(({ caller, subscription }) => caller.post(`/subscription/${subscription}/cancel`, {})),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('a subscription that is to end, whose only card was removed', () => {
  it('is reactivated with a card, and not without', async () => {
    const { caller, subscription, cards } = await subscriber();
    await caller.post(`/subscription/${subscription}/cancel`, {}).expect(200);
    for (const id of cards) await caller.delete(`/payment-methods/${id}`).expect(204);
    const refused = await caller.post(`/subscription/${subscription}/reactivate`).expect(409);
    expect(refused.body).toMatchObject({ code: 'payment_method_required' });
    await caller.addCard('pm_card_visa');
    const reactivated = await caller.post(`/subscription/${subscription}/reactivate`).expect(200);
    expect(reactivated.body).toMatchObject({ cancel_at_period_end: false });
  });
});

describe('the card of a customer who pays by invoice', () => {
  it('can be removed', async () => {
    const caller = await Caller.create(app);
    const card = await caller.addCard('pm_card_visa');
    await app.stripe.subscriptions.create({
      customer: await caller.stripeCustomerId(),
      items: [{ price: app.prices.starter.month }],
      collection_method: 'send_invoice',
      days_until_due: 30,
    });
    await settleUser(app, caller.sub);
    await caller.delete(`/payment-methods/${card.id}`).expect(204);
  });
});
