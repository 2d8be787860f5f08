import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';

const HOUR = 3_600;
const START = Date.UTC(2025, 0, 31, 8) / 1000;
/** A renewal is finalized an hour after its draft. */
const UNTIL_PAID = 2 * HOUR;
const RUNS = 20;

/** What a random update asks for; prices by their position in the catalogue. */
interface Change {
  readonly price: number;
  readonly quantity: number;
  readonly addition: number | null;
  readonly removal: boolean;
  readonly coupon: number | null;
  readonly anchor: 'now' | 'unchanged';
  readonly trialDays: number | null;
  readonly behavior: 'always_invoice' | 'create_prorations' | 'none';
  /** How much of the time until the end of the period passes first, in thousandths. */
  readonly passes: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  price: fc.nat({ max: 3 }),
  quantity: fc.integer({ min: 1, max: 7 }),
  addition: fc.option(fc.integer({ min: 4, max: 5 }), { freq: 3 }),
  removal: fc.boolean(),
  coupon: fc.option(fc.nat({ max: 2 }), { freq: 3 }),
  anchor: fc.constantFrom('unchanged', 'unchanged', 'now'),
  trialDays: fc.option(fc.integer({ min: 1, max: 20 }), { freq: 6 }),
  behavior: fc.constantFrom('always_invoice', 'create_prorations', 'none'),
  passes: fc.integer({ min: 1, max: 900 }),
});

describe('a preview', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let prices: string[];
  let coupons: string[];

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    prices = [];
    for (const amount of [999, 2900, 10_001, 7, 1500, 333]) prices.push((await billing.price(amount)).id);
    const terms: Stripe.CouponCreateParams[] = [
      { percent_off: 33.3, duration: 'forever' },
      { amount_off: 700, currency: 'usd', duration: 'once' },
      { percent_off: 50, duration: 'repeating', duration_in_months: 2 },
    ];
    coupons = [];
    for (const params of terms) coupons.push((await stripe.coupons.create(params)).id);
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  const summary = (invoice: Stripe.Invoice) => ({
    lines: invoice.lines.data.map((line) => line.amount),
    subtotal: invoice.subtotal,
    discounts: (invoice.total_discount_amounts ?? []).map((entry) => entry.amount),
    total: invoice.total,
    amount_due: invoice.amount_due,
  });

  async function start(params: Partial<Stripe.SubscriptionCreateParams> = {}) {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START });
    const customer = await billing.customer('pm_card_visa', { test_clock: clock.id });
    const items = [{ price: prices[0], quantity: 2 }];
    const { id } = await stripe.subscriptions.create({ customer: customer.id, items, ...params });
    const advanceTo = async (frozen_time: number): Promise<void> => {
      await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time });
      await billing.clockReady(clock.id);
    };
    return { id, clock: clock.id, customer: customer.id, advanceTo };
  }
  type Running = Awaited<ReturnType<typeof start>>;

  const periodEnd = (subscription: Stripe.Subscription): number =>
    Math.min(...subscription.items.data.map((item) => item.current_period_end));
  const latest = async (running: Running): Promise<Stripe.Invoice> => {
    const [invoice] = (await stripe.invoices.list({ subscription: running.id, limit: 1 })).data;
    if (invoice === undefined) throw new Error('no invoice');
    return invoice;
  };

  /** The items that a change asks for: the first one changed, perhaps one more, perhaps the others gone. */
  function itemsOf(subscription: Stripe.Subscription, wanted: Change): Stripe.SubscriptionUpdateParams.Item[] {
    const [first, ...others] = subscription.items.data;
    const added = prices[wanted.addition ?? -1];
    const known = others.some((item) => item.price.id === added);
    return [
      { id: first?.id ?? '', price: prices[wanted.price] ?? '', quantity: wanted.quantity },
      ...(added === undefined || known ? [] : [{ price: added }]),
      ...(wanted.removal ? others.filter((item) => item.price.id !== added) : []).map(({ id }) => ({
        id,
        deleted: true,
      })),
    ];
  }

  /** Previews a change at a random moment, makes it, and compares the preview with the invoice that comes of it. */
  async function step(running: Running, wanted: Change): Promise<void> {
    const before = await stripe.subscriptions.retrieve(running.id);
    const { frozen_time } = await stripe.testHelpers.testClocks.retrieve(running.clock);
    const at = frozen_time + Math.max(1, Math.floor(((periodEnd(before) - frozen_time) * wanted.passes) / 1000));
    await running.advanceTo(at);
    const details = {
      items: itemsOf(before, wanted),
      proration_behavior: wanted.behavior,
      proration_date: at,
      ...(wanted.trialDays === null
        ? { billing_cycle_anchor: { type: wanted.anchor } }
        : { trial_end: at + wanted.trialDays * 24 * HOUR }),
    };
    const coupon = coupons[wanted.coupon ?? -1];
    const discounts = coupon === undefined ? {} : { discounts: [{ coupon }] };
    const preview = await stripe.invoices.createPreview({
      subscription: running.id,
      subscription_details: details,
      ...discounts,
    });
    const known = (await latest(running)).id;
    const updated = await stripe.subscriptions.update(running.id, { ...details, ...discounts });
    if ((await latest(running)).id === known) await running.advanceTo(periodEnd(updated) + UNTIL_PAID);
    const invoice = await latest(running);
    expect(invoice.id).not.toBe(known);
    expect(summary(invoice)).toEqual(summary(preview));
  }

  it('of any change is what the change is charged with, at once or at the next renewal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const running = await start();
        for (const wanted of changes) await step(running, wanted);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 120_000);

  it('of a new subscription is its first invoice', async () => {
    const wanted = fc.record({
      price: fc.nat({ max: 3 }),
      quantity: fc.integer({ min: 1, max: 9 }),
      coupon: fc.option(fc.nat({ max: 2 })),
      anchorDays: fc.option(fc.integer({ min: 1, max: 27 })),
    });
    await fc.assert(
      fc.asyncProperty(wanted, async ({ price, quantity, coupon, anchorDays }) => {
        const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START });
        const customer = await billing.customer('pm_card_visa', { test_clock: clock.id });
        const items = [{ price: prices[price] ?? '', quantity }];
        const discounts = coupon === null ? {} : { discounts: [{ coupon: coupons[coupon] ?? '' }] };
        const timestamp = START + (anchorDays ?? 0) * 24 * HOUR;
        const preview = await stripe.invoices.createPreview({
          customer: customer.id,
          subscription_details: {
            items,
            ...(anchorDays === null ? {} : { billing_cycle_anchor: { type: 'timestamp' as const, timestamp } }),
          },
          ...discounts,
        });
        const subscription = await stripe.subscriptions.create({
          customer: customer.id,
          items,
          ...(anchorDays === null ? {} : { billing_cycle_anchor: timestamp }),
          ...discounts,
        });
        expect(summary(await billing.latestInvoice(subscription))).toEqual(summary(preview));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 60_000);

  it('of a cancellation now is the credit that it gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 27 * 24 * HOUR }), async (seconds) => {
        const running = await start({ discounts: [{ coupon: coupons[0] ?? '' }] });
        await running.advanceTo(START + seconds);
        const preview = await stripe.invoices.createPreview({
          subscription: running.id,
          subscription_details: { cancel_now: true, proration_date: START + seconds },
        });
        await stripe.subscriptions.cancel(running.id, { prorate: true, invoice_now: true });
        const invoice = await latest(running);
        expect(summary(invoice)).toEqual(summary(preview));
        const customer = (await stripe.customers.retrieve(running.customer)) as Stripe.Customer;
        expect(customer.balance).toBe(preview.total);
      }),
      { numRuns: RUNS / 2, endOnFailure: true },
    );
  }, 60_000);
});
