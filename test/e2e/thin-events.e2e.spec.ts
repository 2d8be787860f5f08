import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { wrongOf } from '../chaos/histories/judge.js';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, newCustomer, reaches, thinEventOf } from '../support/webhook-deliveries.js';

/** Where Stripe's API has the objects that events are about. */
const PATHS: Readonly<Record<string, string>> = {
  charge: 'charges',
  'checkout.session': 'checkout/sessions',
  coupon: 'coupons',
  customer: 'customers',
  invoice: 'invoices',
  invoice_payment: 'invoice_payments',
  payment_intent: 'payment_intents',
  payment_method: 'payment_methods',
  promotion_code: 'promotion_codes',
  refund: 'refunds',
  subscription: 'subscriptions',
  subscription_schedule: 'subscription_schedules',
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ enabledEvents: ['balance.available'] });
}, 60_000);
afterAll(() => app.close());

/** What a customer comes to beside us: a card, a subscription with a coupon, an upgrade, a refund, a scheduled change. */
async function liveAtStripe(): Promise<Caller> {
  const caller = await Caller.create(app);
  const { id: customer } = await newCustomer(app, caller.sub);
  const coupon = await app.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
  await app.stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: caller.sub.toUpperCase(),
  });
  const { id: card } = await app.stripe.paymentMethods.attach('pm_card_visa', { customer });
  await app.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card } });
  const { starter, enterprise } = app.prices;
  const { id, items } = await app.stripe.subscriptions.create({
    customer,
    items: [{ price: starter.month }],
    discounts: [{ coupon: coupon.id }],
  });
  await app.stripe.subscriptions.update(id, {
    items: [{ id: items.data[0]?.id ?? '', price: enterprise.month }],
    proration_behavior: 'always_invoice',
  });
  const [payment] = (await app.stripe.paymentIntents.list({ customer })).data;
  await app.stripe.refunds.create({ payment_intent: payment?.id ?? '', amount: 500 });
  await app.stripe.subscriptionSchedules.create({ from_subscription: id });
  return caller;
}

/** The same event as a thin destination has it; none about what Stripe has no call to read, as a discount. */
function thinTwinOf({ type, data }: Stripe.Event): { id: string }[] {
  const { object: kind, id } = data.object as { object: string; id: string };
  const path = PATHS[kind];
  return path === undefined ? [] : [thinEventOf(`v1.${type}`, { id, type: kind, url: `/v1/${path}/${id}` })];
}

describe('a destination of thin events', () => {
  it.each(['as they happened', 'the last one first'])('brings everything in, told %s', async (order) => {
    const since = (await app.stripe.events.list({ limit: 1 })).data[0]?.id;
    const caller = await liveAtStripe();
    const events: Stripe.Event[] = [];
    for await (const event of app.stripe.events.list({
      limit: 100,
      ...(since === undefined ? {} : { ending_before: since }),
    }))
      events.push(event);
    const told = events.flatMap(thinTwinOf);
    if (order === 'as they happened') told.reverse();
    expect((await wrongOf(app, caller)).length).toBeGreaterThan(5);
    for (const event of told) await deliver(app, event).expect(200);
    const ends = await Promise.all(told.map(({ id }) => reaches(app, id, 'done', 'ignored', 'failed')));
    expect(ends.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(await wrongOf(app, caller)).toEqual([]);
  });

  it('may stand beside one of snapshots: the same change, told by both, ends as Stripe has it', async () => {
    const caller = await Caller.create(app);
    const customer = await newCustomer(app, caller.sub);
    const card = await app.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await app.stripe.subscriptions.create({
      customer: customer.id,
      default_payment_method: card.id,
      items: [{ price: app.prices.starter.month }],
    });
    const { data } = await app.stripe.events.list({ limit: 12 });
    const both = data.flatMap((event) => [event, ...thinTwinOf(event)]);
    await Promise.all(both.map((event) => deliver(app, event).expect(200)));
    for (const { id } of both) await reaches(app, id, 'done', 'ignored');
    expect(await wrongOf(app, caller)).toEqual([]);
  });

  it('may name a discount, which Stripe has no call to read: the subscription is read that its path names', async () => {
    const caller = await Caller.create(app);
    const { id: customer } = await newCustomer(app, caller.sub);
    const card = await app.stripe.paymentMethods.attach('pm_card_visa', { customer });
    const items = [{ price: app.prices.starter.month }];
    const { id } = await app.stripe.subscriptions.create({ customer, items, default_payment_method: card.id });
    const told = (url: string) => thinEventOf('v1.customer.discount.created', { id: 'di_1', type: 'discount', url });
    const ofSubscription = told(`/v1/subscriptions/${id}/discount`);
    await deliver(app, ofSubscription).expect(200);
    expect(await reaches(app, ofSubscription.id, 'done', 'failed')).toMatchObject({ state: 'done' });
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter' });
    const ofCustomer = told(`/v1/customers/${customer}/discount`);
    await deliver(app, ofCustomer).expect(200);
    expect(await reaches(app, ofCustomer.id, 'ignored', 'failed')).toMatchObject({ reason: 'no_object' });
  });
});
