import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { sellAtStripe } from '../support/sold-subscription.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';
import { closeApp } from '../../src/http/server.js';
import { deliver, eventOf, reaches } from '../support/webhook-deliveries.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

async function planPrice(lookupKey: string): Promise<Stripe.Price> {
  const { data } = await app.stripe.prices.list({ lookup_keys: [lookupKey] });
  if (data[0] === undefined) throw new Error(`There is no price ${lookupKey}`);
  return data[0];
}

const sold = (items: Stripe.SubscriptionCreateParams.Item[]) => sellAtStripe(app, items);

/** A price of a plan's product that the environment does not name (any more). */
function earlierPrice(product: string, unit_amount: number, recurring: Stripe.PriceCreateParams.Recurring) {
  return app.stripe.prices.create({ currency: 'usd', unit_amount, product, recurring });
}

describe('a subscriber at an earlier price of a plan', () => {
  const subscriber = async (tier: string, amount: number) => {
    const price = await earlierPrice(`billing_${tier}`, amount, { interval: 'month' });
    return { price, ...(await sold([{ price: price.id }])) };
  };

  it('keeps the tier, may change the interval and downgrades at the end of the period', async () => {
    const { caller, body, path } = await subscriber('enterprise', 14_900);
    expect(body).toMatchObject({ tier: 'enterprise', interval: 'month', amount: 149 });
    const down = await caller.patch(path, { tier: 'starter' }).expect(200);
    expect(down.body).toMatchObject({
      tier: 'enterprise',
      amount: 149,
      scheduled_change: { tier: 'starter', interval: 'month', at: body.current_period_end },
    });
    const yearly = await caller.patch(path, { interval: 'year' }).expect(200);
    expect(yearly.body).toMatchObject({ tier: 'enterprise', interval: 'year', amount: 1990, scheduled_change: null });
  });

  it('keeps the plan, and its price, by naming it: what waits is dropped', async () => {
    const { caller, body, path, price, stripeId } = await subscriber('starter', 1900);
    await caller.patch(path, { tier: body.tier, interval: body.interval }).expect(400);
    const { id, phases } = await app.stripe.subscriptionSchedules.create({ from_subscription: stripeId });
    const { start_date = 0, end_date = 0 } = phases[0] ?? {};
    const next = (await planPrice('starter_month')).id;
    await app.stripe.subscriptionSchedules.update(id, {
      phases: [
        { items: [{ price: price.id }], start_date, end_date },
        { items: [{ price: next }], start_date: end_date, duration: { interval: 'month' } },
      ],
    });
    await app.settle();
    const waiting = await caller.get('/subscription').expect(200);
    expect(waiting.body).toMatchObject({ tier: 'starter', scheduled_change: { tier: 'starter', interval: 'month' } });
    const kept = await caller.patch(path, { tier: 'starter', interval: 'month' }).expect(200);
    expect(kept.body).toMatchObject({ tier: 'starter', amount: 19, scheduled_change: null });
  });

  it('has a scheduled change to an earlier price named by its plan', async () => {
    const { stripeId, caller, price } = await subscriber('enterprise', 14_900);
    const old = await earlierPrice('billing_professional', 5_900, { interval: 'year' });
    const { id, phases } = await app.stripe.subscriptionSchedules.create({ from_subscription: stripeId });
    const { start_date = 0, end_date = 0 } = phases[0] ?? {};
    await app.stripe.subscriptionSchedules.update(id, {
      phases: [
        { items: [{ price: price.id }], start_date, end_date },
        { items: [{ price: old.id }], start_date: end_date, duration: { interval: 'year' } },
      ],
    });
    await app.settle();
    const { body } = await caller.get('/subscription').expect(200);
    expect(body.scheduled_change).toMatchObject({ tier: 'professional', interval: 'year' });
  });
});

describe('a subscriber at a price of no plan', () => {
  it('is custom, and names nothing to update by naming that', async () => {
    const custom = await app.stripe.prices.create({
      currency: 'usd',
      unit_amount: 9_900,
      recurring: { interval: 'month' },
      product_data: { name: 'A contract' },
    });
    const { caller, body, path } = await sold([{ price: custom.id }]);
    expect(body).toMatchObject({ tier: 'custom', amount: 99 });
    const same = await caller.patch(path, { tier: 'custom', interval: 'month' });
    expect([same.status, same.body.detail]).toEqual([400, 'Nothing to update']);
  });
});

describe('the amount of a subscription', () => {
  const price = (values: Partial<Stripe.PriceCreateParams>) =>
    app.stripe.prices.create({
      currency: 'usd',
      product_data: { name: 'A price' },
      recurring: { interval: 'month' },
      ...values,
    });
  const shown = async (values: Partial<Stripe.PriceCreateParams>, quantity?: number) => {
    const { id } = await price(values);
    const { body } = await sold([{ price: id, ...(quantity === undefined ? {} : { quantity }) }]);
    const { amount, amount_reason, interval, interval_count } = body;
    return { amount, amount_reason, interval, interval_count };
  };

  it('counts fractions of a cent', async () => {
    expect(await shown({ unit_amount_decimal: Stripe.Decimal.from('0.5') }, 10_000)).toMatchObject({ amount: 50 });
    expect(await shown({ unit_amount_decimal: Stripe.Decimal.from('0.5') }, 3)).toMatchObject({
      amount: null,
      amount_reason: 'below_minor_unit',
    });
  });

  it('is null with a reason where one interval does not tell it', async () => {
    const tiers: Stripe.PriceCreateParams.Tier[] = [
      { up_to: 5, unit_amount: 1000 },
      { up_to: 'inf', unit_amount: 800 },
    ];
    expect(await shown({ billing_scheme: 'tiered', tiers_mode: 'graduated', tiers }, 7)).toMatchObject({
      amount: null,
      amount_reason: 'tiered',
    });
    const meter = await app.stripe.billing.meters.create({
      display_name: 'Calls',
      event_name: 'calls_of_an_amount',
      default_aggregation: { formula: 'sum' },
    });
    const recurring = { interval: 'month' as const, usage_type: 'metered' as const, meter: meter.id };
    expect(await shown({ unit_amount: 300, recurring })).toMatchObject({ amount: null, amount_reason: 'metered' });
    const calls = await price({ unit_amount: 300, recurring });
    const { body } = await sold([{ price: calls.id }, { price: (await planPrice('starter_month')).id }]);
    expect(body).toMatchObject({ tier: 'starter', amount: 29, add_ons: [{ amount: null, amount_reason: 'metered' }] });
  });

  it('tells six months from one', async () => {
    const recurring = { interval: 'month' as const, interval_count: 6 };
    expect(await shown({ unit_amount: 15_000, recurring })).toEqual({
      amount: 150,
      amount_reason: null,
      interval: 'month',
      interval_count: 6,
    });
  });

  it('is read anew where the price is of another currency than the subscription', async () => {
    const { caller, stripeId } = await sold([{ price: (await planPrice('starter_month')).id }]);
    const object = { ...(await app.stripe.subscriptions.retrieve(stripeId)), currency: 'eur' };
    const event = eventOf('customer.subscription.updated', object, { created: object.created + 60 });
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'done');
    expect((await caller.get('/subscription')).body).toMatchObject({ amount: 29, currency: 'usd' });
  });
});

describe('an archived price', () => {
  it('is not offered from then on, and buying it is no fault of the caller', async () => {
    const { id } = await planPrice('enterprise_year');
    await app.stripe.prices.update(id, { active: false });
    await app.settle();
    const offered = async () => {
      const { body } = await app.http.get('/plans').expect(200);
      const plans = body as { tier: string; prices: { interval: string }[] }[];
      return plans.find(({ tier }) => tier === 'enterprise')?.prices.map(({ interval }) => interval);
    };
    await eventually(async () => expect(await offered()).toEqual(['month']));
    const wish = { tier: 'enterprise', interval: 'year' };
    const caller = await Caller.create(app);
    for (const path of ['/subscription', '/checkout']) {
      const refused = await caller.post(path, wish);
      expect([refused.status, refused.body.code]).toEqual([503, 'plan_unavailable']);
    }
    const other = await startApp(configWith(app, { PORT: '0' }));
    await closeApp(other);
    await app.stripe.prices.update(id, { active: true });
    await app.settle();
    await eventually(async () => expect(await offered()).toEqual(['month', 'year']));
  });

  it('is not offered when its product is archived', async () => {
    await app.stripe.products.update('billing_starter', { active: false });
    const tiers = async () =>
      ((await app.http.get('/plans').expect(200)).body as { tier: string }[]).map((p) => p.tier);
    await eventually(async () => expect(await tiers()).toEqual(['professional', 'enterprise']));
    await app.stripe.products.update('billing_starter', { active: true });
    await eventually(async () => expect(await tiers()).toContain('starter'));
  });
});
