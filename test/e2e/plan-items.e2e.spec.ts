import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { idOf } from '../../src/stripe/values.js';
import { eventually } from '../support/eventually.js';
import { sellAtStripe } from '../support/sold-subscription.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

type Recurring = Stripe.PriceCreateParams.Recurring;

/** A price that no plan of the catalogue has. */
function storagePrice(recurring: Recurring = { interval: 'month' }, unit_amount = 1500): Promise<Stripe.Price> {
  const product_data = { name: 'Extra storage' };
  return app.stripe.prices.create({ currency: 'usd', unit_amount, nickname: 'storage', recurring, product_data });
}

async function planPrice(lookupKey: string): Promise<string> {
  const { data } = await app.stripe.prices.list({ lookup_keys: [lookupKey] });
  return data[0]?.id ?? '';
}

const sold = (items: Stripe.SubscriptionCreateParams.Item[]) => sellAtStripe(app, items);

/** Prices and quantities that are billed. */
async function billed(stripeId: string): Promise<string[]> {
  const { items } = await app.stripe.subscriptions.retrieve(stripeId);
  return items.data
    .map(({ price, quantity }) => `${price.lookup_key ?? price.nickname ?? price.id} × ${quantity ?? 'metered'}`)
    .sort();
}

async function pass(days: number): Promise<void> {
  await app.control('advance', { seconds: days * DAY });
  await app.settle();
}

describe('a subscription whose add-on stands first', () => {
  it('is the plan’s, with the add-on listed, and a change of plan leaves the add-on', async () => {
    const storage = await storagePrice();
    const plan = { price: await planPrice('starter_month'), quantity: 3 };
    const { caller, stripeId, body, path } = await sold([{ price: storage.id, quantity: 2 }, plan]);
    expect(body).toMatchObject({ tier: 'starter', interval: 'month', quantity: 3, amount: 87, amount_reason: null });
    expect(body.add_ons).toEqual([
      {
        price: storage.id,
        plan: null,
        name: 'storage',
        quantity: 2,
        interval: 'month',
        interval_count: 1,
        amount: 30,
        amount_reason: null,
        current_period_end: body.current_period_end,
        rest_is_credited: false,
      },
    ]);
    const changed = await caller.patch(path, { tier: 'professional' }).expect(200);
    expect(changed.body).toMatchObject({ tier: 'professional', quantity: 3, amount: 237, requires_action: false });
    expect(await billed(stripeId)).toEqual(['professional_month × 3', 'storage × 2']);
  });

  it('has its first payment, and a change that waits for its payment, told by the plan', async () => {
    const storage = await storagePrice();
    const { caller, stripeId, path } = await sold([{ price: storage.id }, { price: await planPrice('starter_month') }]);
    await caller.addCard('pm_card_authenticationRequired', true);
    const changed = await caller.patch(path, { tier: 'enterprise' }).expect(200);
    expect(changed.body).toMatchObject({ tier: 'starter', requires_action: true });
    expect(await billed(stripeId)).toEqual(['starter_month × 1', 'storage × 1']);
  });
});

describe('a downgrade at the end of the period', () => {
  it('to another interval begins a whole period of the new plan, at its whole price', async () => {
    const { caller, stripeId, body, path } = await sold([{ price: await planPrice('professional_month') }]);
    const { body: scheduled } = await caller.patch(path, { tier: 'starter', interval: 'year' }).expect(200);
    const at = body.current_period_end as string;
    expect(scheduled).toMatchObject({ scheduled_change: { tier: 'starter', interval: 'year', at } });
    await pass(32);
    const [renewal] = (await app.stripe.invoices.list({ subscription: stripeId })).data;
    expect(renewal).toMatchObject({ billing_reason: 'subscription_cycle', total: 29_000 });
    const end = new Date(at);
    end.setUTCFullYear(end.getUTCFullYear() + 1);
    expect((await caller.get('/subscription')).body).toMatchObject({
      tier: 'starter',
      interval: 'year',
      current_period_start: at,
      current_period_end: end.toISOString(),
    });
  });

  it('keeps add-ons and metered items, their quantities, coupons and metadata', async () => {
    const storage = await storagePrice();
    const meter = await app.stripe.billing.meters.create({
      display_name: 'Calls',
      event_name: 'calls_of_a_downgrade',
      default_aggregation: { formula: 'sum' },
    });
    const calls = await storagePrice({ interval: 'month', usage_type: 'metered', meter: meter.id }, 300);
    const { caller, stripeId, path } = await sold([
      { price: storage.id, quantity: 3, metadata: { rack: '7' } },
      { price: await planPrice('professional_month') },
      { price: calls.id },
    ]);
    const coupon = await app.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    await app.stripe.subscriptions.update(stripeId, { discounts: [{ coupon: coupon.id }], metadata: { deal: '9' } });
    const scheduled = await caller.patch(path, { tier: 'starter' }).expect(200);
    expect(scheduled.body).toMatchObject({ tier: 'professional', scheduled_change: { tier: 'starter' } });
    await pass(32);
    expect(await billed(stripeId)).toEqual(['starter_month × 1', 'storage × 3', 'storage × metered']);
    const now = await app.stripe.subscriptions.retrieve(stripeId, { expand: ['discounts'] });
    expect(now.items.data.map(({ metadata }) => metadata)).toContainEqual({ rack: '7' });
    expect([now.metadata.deal, now.discounts.length]).toEqual(['9', 1]);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', coupon: coupon.id });
  });

  it('forgets nothing that support changes meanwhile: a coupon taken away, seats and a coupon given', async () => {
    const plan = { price: await planPrice('professional_month') };
    const half = await app.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    const ada = await sold([plan]);
    await app.stripe.subscriptions.update(ada.stripeId, { discounts: [{ coupon: half.id }] });
    const bob = await sold([plan]);
    for (const { caller, path } of [ada, bob]) await caller.patch(path, { tier: 'starter' }).expect(200);
    await app.stripe.subscriptions.deleteDiscount(ada.stripeId);
    const [item] = (await app.stripe.subscriptions.retrieve(bob.stripeId)).items.data;
    const storage = await storagePrice();
    await app.stripe.subscriptions.update(bob.stripeId, {
      items: [{ id: item?.id ?? '', quantity: 8 }, { price: storage.id }],
      discounts: [{ coupon: half.id }],
    });
    await app.settle();
    await eventually(async () => {
      const [open] = await app.dataSource.query<[{ count: number }]>(
        `select count(*)::int as count from stripe_operations where kind = 'schedule.redraw' and state = 'open'`,
      );
      expect(open.count).toBe(0);
    });
    await pass(32);
    expect((await ada.caller.get('/subscription')).body).toMatchObject({ tier: 'starter', coupon: null });
    expect((await bob.caller.get('/subscription')).body).toMatchObject({ tier: 'starter', coupon: half.id });
    expect(await billed(bob.stripeId)).toEqual(['starter_month × 8', 'storage × 1']);
  });

  it('comes back whole after an upgrade that was declined', async () => {
    const storage = await storagePrice();
    const plan = await planPrice('professional_month');
    const { caller, stripeId, path } = await sold([
      { price: storage.id, quantity: 2 },
      { price: plan, quantity: 4 },
    ]);
    await caller.patch(path, { tier: 'starter' }).expect(200);
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await caller.patch(path, { tier: 'enterprise' }).expect(402);
    expect((await caller.get('/subscription')).body).toMatchObject({ scheduled_change: { tier: 'starter' } });
    await caller.addCard('pm_card_visa', true);
    await pass(32);
    expect(await billed(stripeId)).toEqual(['starter_month × 4', 'storage × 2']);
  });
});

describe('a schedule that somebody else made, or changed', () => {
  /** Has a schedule continue with these items after the current phase. */
  async function continueWith(id: string, items: Stripe.SubscriptionScheduleUpdateParams.Phase.Item[]): Promise<void> {
    const { phases } = await app.stripe.subscriptionSchedules.retrieve(id);
    const { start_date = 0, end_date = 0, items: present = [] } = phases[0] ?? {};
    const kept = present.map(({ price, quantity }) => ({
      price: typeof price === 'string' ? price : price.id,
      ...(quantity === undefined ? {} : { quantity }),
    }));
    await app.stripe.subscriptionSchedules.update(id, {
      phases: [
        { items: kept, start_date, end_date },
        { items, start_date: end_date, duration: { interval: 'month' } },
      ],
    });
    await app.settle();
  }

  it('comes back as it was after an upgrade that was declined', async () => {
    const storage = await storagePrice();
    const { caller, stripeId, path } = await sold([{ price: await planPrice('professional_month') }]);
    const { id } = await app.stripe.subscriptionSchedules.create({ from_subscription: stripeId });
    await continueWith(id, [{ price: await planPrice('starter_month'), quantity: 5 }, { price: storage.id }]);
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await caller.patch(path, { tier: 'enterprise' }).expect(402);
    expect((await caller.get('/subscription')).body).toMatchObject({ scheduled_change: { tier: 'starter' } });
    await caller.addCard('pm_card_visa', true);
    await pass(32);
    expect(await billed(stripeId)).toEqual(['starter_month × 5', 'storage × 1']);
  });

  it('is left as it is when the subscription changes', async () => {
    const { caller, stripeId, path } = await sold([{ price: await planPrice('professional_month') }]);
    await caller.patch(path, { tier: 'starter' }).expect(200);
    const { schedule, items } = await app.stripe.subscriptions.retrieve(stripeId);
    await continueWith(idOf(schedule) ?? '', [{ price: await planPrice('starter_month'), quantity: 5 }]);
    await app.stripe.subscriptions.update(stripeId, { items: [{ id: items.data[0]?.id ?? '', quantity: 2 }] });
    await app.settle();
    const states = () =>
      app.dataSource.query<{ state: string }[]>(
        `select state from stripe_operations where kind = 'schedule.redraw' and subject_stripe_id = $1`,
        [stripeId],
      );
    await eventually(async () => {
      const found = await states();
      expect([found.length > 0, found.every(({ state }) => state === 'done')]).toEqual([true, true]);
    });
    await pass(32);
    expect(await billed(stripeId)).toEqual(['starter_month × 5']);
  });
});

describe('a plan and an add-on of different intervals', () => {
  const yearlyPlan = async () => {
    const storage = await storagePrice();
    return sold([{ price: storage.id }, { price: await planPrice('professional_year') }]);
  };

  it('have the period of the plan, and end with it', async () => {
    const { caller, stripeId, body, path } = await yearlyPlan();
    const lasts = Date.parse(body.current_period_end) - Date.parse(body.current_period_start);
    expect([body.interval, lasts > 364 * DAY * 1000]).toEqual(['year', true]);
    const cancelled = await caller.post(`${path}/cancel`).expect(200);
    expect(cancelled.body).toMatchObject({ cancel_at_period_end: true, cancel_at: body.current_period_end });
    expect(await app.stripe.subscriptions.retrieve(stripeId)).toMatchObject({
      cancel_at: Date.parse(body.current_period_end) / 1000,
      cancel_at_period_end: false,
    });
    const back = await caller.post(`${path}/reactivate`).expect(200);
    expect(back.body).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
    expect(await app.stripe.subscriptions.retrieve(stripeId)).toMatchObject({ cancel_at: null });
  });

  it('end with the plan also when the add-on was paid for longer: its rest is credited', async () => {
    const storage = await storagePrice({ interval: 'year' }, 12_000);
    const { caller, stripeId, body, path } = await sold([
      { price: storage.id },
      { price: await planPrice('starter_month') },
    ]);
    expect(Date.parse(body.current_period_end) - Date.parse(body.current_period_start)).toBeLessThan(32 * DAY * 1000);
    const cancelled = await caller.post(`${path}/cancel`).expect(200);
    expect(cancelled.body).toMatchObject({
      cancel_at: body.current_period_end,
      add_ons: [{ rest_is_credited: true }],
    });
    await pass(32);
    expect((await app.stripe.subscriptions.retrieve(stripeId)).status).toBe('canceled');
    const { data } = await app.stripe.invoiceItems.list({ customer: await caller.stripeCustomerId() });
    expect(data.some(({ amount }) => amount < -10_000)).toBe(true);
  });

  it('change the plan when its period ends, not when the add-on’s does', async () => {
    const storage = await storagePrice({ interval: 'week' });
    const { caller, stripeId, body, path } = await sold([
      { price: storage.id, quantity: 2 },
      { price: await planPrice('professional_month') },
    ]);
    const scheduled = await caller.patch(path, { tier: 'starter' }).expect(200);
    expect(scheduled.body.scheduled_change).toMatchObject({ tier: 'starter', at: body.current_period_end });
    await pass(10);
    expect(await billed(stripeId)).toEqual(['professional_month × 1', 'storage × 2']);
    await pass(22);
    expect(await billed(stripeId)).toEqual(['starter_month × 1', 'storage × 2']);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', scheduled_change: null });
  });
});
