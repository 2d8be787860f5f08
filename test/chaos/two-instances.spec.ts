import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SUBSCRIBED_EVENT_TYPES } from '../../src/webhooks/event-routes.js';
import { Caller } from '../support/caller.js';
import { instanceId } from '../support/payers.js';
import { type SecondInstallation, startSecondInstallation } from '../support/second-installation.js';
import { createTestApp, type TestApp, type TestedService } from '../support/test-app.js';
import { chaosSettings } from './chaos-settings.js';
import { comeToRest } from './histories/play.js';
import { Random } from './ordering-model/random.js';

const { sharedPurchases: PURCHASES, seed } = chaosSettings();
/** Purchases of a subject, at the two installations together. */
const EACH = 4;
const BUYERS_AT_ONCE = 4;
const PAUSE_EVERY = 10;
const TIMEOUT = 120_000 + PURCHASES * 3_000;
const TIERS = ['starter', 'professional', 'enterprise'] as const;
const CARDS = ['pm_card_visa', 'pm_card_mastercard', 'pm_card_chargeCustomerFail'] as const;

/** What the tables hold of Stripe, with the Stripe customer whose it is. */
const HELD = {
  customers: `select stripe_customer_id as id, stripe_customer_id as customer from customers`,
  subscriptions: ofCustomers('subscriptions', 'stripe_subscription_id'),
  customer_payment_methods: ofCustomers('customer_payment_methods', 'stripe_payment_method_id'),
  invoices: ofCustomers('invoices', 'stripe_invoice_id'),
  payments: ofCustomers('payments', 'stripe_payment_intent_id'),
};

function ofCustomers(table: string, id: string): string {
  return `select ${id} as id, c.stripe_customer_id as customer from ${table} o join customers c on c.id = o.customer_id`;
}

let first: TestApp;
let second: SecondInstallation;
beforeAll(async () => {
  first = await createTestApp({ enabledEvents: SUBSCRIBED_EVENT_TYPES });
  second = await startSecondInstallation(first);
}, 60_000);
afterAll(async () => {
  await second.close();
  await first.close();
});

/** Buys once at an installation, directly or by Checkout; what was bought there before is cancelled first. */
async function buy(random: Random, app: TestedService, sub: string): Promise<string> {
  const caller = await Caller.of(app, sub);
  const { body: present } = await caller.get('/subscription').expect(200);
  if (present !== null) {
    const path = `/subscription/${String(present.id)}/cancel`;
    const { status, body } = await caller.post(path, { cancel_at_period_end: false });
    // The card of a Checkout is just being made the default.
    if (status !== 200) return String(body.code);
  }
  const tier = random.pick(TIERS);
  if (random.chance(0.3)) {
    const { status, body } = await caller.post('/checkout', { tier });
    if (status !== 200) return String(body.code);
    if (random.chance(0.2)) return 'abandoned';
    await first.control('checkout/complete', { session: String(body.id) });
    return 'checkout';
  }
  const card = random.pick(CARDS);
  const { status, body } = await caller.post('/subscription', { tier, payment_method_id: card });
  // An event has not told yet of a Checkout.
  if (status === 409) return String(body.code);
  expect(status).toBe(card === 'pm_card_chargeCustomerFail' ? 402 : 201);
  return status === 201 ? 'bought' : 'declined';
}

type Rows = { id: string; customer: string }[];

/** The installation that each Stripe customer names. */
async function instancesAtStripe(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { id, metadata } of first.stripe.customers.list({ limit: 100 }))
    found.set(id, metadata.billing_instance ?? '');
  return found;
}

describe(`${PURCHASES} random purchases at two installations on one Stripe account, with the same subjects and numbers`, () => {
  it(
    'leave no row of one in the tables of the other',
    async () => {
      const random = new Random(seed);
      const subjects = Array.from({ length: Math.ceil(PURCHASES / EACH) }, (_, place) => `shared-${place}`);
      // In the same order, so that the numbers of the users are the same.
      for (const sub of subjects)
        for (const app of [first, second]) await (await Caller.of(app, sub)).get('/customer').expect(200);
      const outcomes: Record<string, number> = {};
      let done = 0;
      const waiting = subjects.map((sub) => ({ sub, random: new Random(Math.floor(random.next() * 2 ** 31)) }));
      const buyers = Array.from({ length: BUYERS_AT_ONCE }, async () => {
        for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
          for (let count = 0; count < EACH; count++) {
            const outcome = await buy(one.random, one.random.chance(0.5) ? first : second, one.sub);
            outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
            // The events must not fall behind without end.
            if (++done % PAUSE_EVERY === 0)
              for (const app of [first, second]) await app.settle().catch(() => undefined);
          }
      });
      await Promise.all(buyers);
      for (const app of [first, second]) await comeToRest(app);
      const atStripe = await instancesAtStripe();
      const counts: Record<string, number> = {};
      const held: Record<string, Set<string>>[] = [];
      for (const app of [first, second]) {
        const own = await instanceId(app);
        const ids: Record<string, Set<string>> = {};
        for (const [table, statement] of Object.entries(HELD)) {
          const rows = (await app.dataSource.query<Rows>(statement)).filter(({ id }) => id !== null);
          expect([table, rows.filter(({ customer }) => atStripe.get(customer) !== own)]).toEqual([table, []]);
          ids[table] = new Set(rows.map(({ id }) => id));
          counts[table] = (counts[table] ?? 0) + rows.length;
        }
        held.push(ids);
      }
      for (const table of Object.keys(HELD)) {
        const crossed = [...(held[0]?.[table] ?? [])].filter((id) => held[1]?.[table]?.has(id));
        expect([table, crossed]).toEqual([table, []]);
      }
      const sold = await first.stripe.subscriptions
        .list({ status: 'all', limit: 100 })
        .autoPagingToArray({ limit: 10_000 });
      expect(counts.subscriptions).toBe(sold.length);
      for (const { customer, metadata } of sold)
        expect(metadata.billing_instance).toBe(atStripe.get(typeof customer === 'string' ? customer : customer.id));
      const codes = ['bought', 'checkout', 'declined', 'abandoned', 'subscription_exists', 'conflict'];
      expect(Object.keys(outcomes).filter((outcome) => !codes.includes(outcome))).toEqual([]);
      const facts = { purchases: subjects.length * EACH, outcomes, rows: counts };
      process.stdout.write(`two installations: ${JSON.stringify(facts)}, 0 crossed\n`);
    },
    TIMEOUT,
  );
});
