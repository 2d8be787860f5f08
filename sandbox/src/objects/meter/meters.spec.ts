import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';

const DAY = 86_400;

describe('meters', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let names = 0;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  const meterOf = (formula: 'sum' | 'count' | 'last' = 'sum'): Promise<Stripe.Billing.Meter> =>
    stripe.billing.meters.create({
      display_name: 'Calls',
      event_name: `calls_${(names += 1)}`,
      default_aggregation: { formula },
    });
  const metered = (meter: Stripe.Billing.Meter, params: Partial<Stripe.PriceCreateParams> = {}) =>
    billing.price(5, 'month', {
      recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
      ...params,
    });
  const report = (
    meter: Stripe.Billing.Meter,
    customer: string,
    value: number,
    params: Partial<Stripe.Billing.MeterEventCreateParams> = {},
  ) =>
    stripe.billing.meterEvents.create({
      event_name: meter.event_name,
      payload: { stripe_customer_id: customer, value: String(value) },
      ...params,
    });
  /** A subscription to a metered price on a test clock of its own, that starts on 1 March 2025. */
  async function subscribe(items: (meter: Stripe.Billing.Meter) => Promise<{ price: string }[]>) {
    const meter = await meterOf();
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Date.UTC(2025, 2, 1) / 1000 });
    const customer = await billing.customer('pm_card_visa', { test_clock: clock.id });
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: await items(meter) });
    const [item] = subscription.items.data;
    if (item === undefined) throw new Error('no item');
    const advance = async (frozen_time: number): Promise<void> => {
      await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time });
      await billing.clockReady(clock.id);
    };
    return { meter, customer: customer.id, subscription, item, advance, start: item.current_period_start };
  }
  const meteredOnly = async (meter: Stripe.Billing.Meter) => [{ price: (await metered(meter)).id }];
  const linesOf = (invoice: Stripe.Invoice | undefined) =>
    (invoice?.lines.data ?? []).map((line) => [line.amount, line.quantity, line.period.start, line.period.end]);

  it('are created, changed, deactivated and reactivated, with their events', async () => {
    const types = await billing.emitted(async () => {
      const meter = await meterOf();
      expect(meter).toMatchObject({ status: 'active', customer_mapping: { event_payload_key: 'stripe_customer_id' } });
      await stripe.billing.meters.update(meter.id, { display_name: 'Requests' });
      const inactive = await stripe.billing.meters.deactivate(meter.id);
      expect(inactive.status_transitions.deactivated_at).toBe(inactive.updated);
      expect((await stripe.billing.meters.list({ status: 'inactive' })).data[0]?.id).toBe(meter.id);
      await stripe.billing.meters.reactivate(meter.id);
      expect(await stripe.billing.meters.retrieve(meter.id)).toMatchObject({ display_name: 'Requests' });
    });
    expect(types).toEqual([
      'billing.meter.created',
      'billing.meter.updated',
      'billing.meter.deactivated',
      'billing.meter.reactivated',
    ]);
  });

  it('have an event name of their own, and a price needs an active one', async () => {
    const meter = await meterOf();
    const same = { display_name: 'x', event_name: meter.event_name, default_aggregation: { formula: 'sum' as const } };
    expect((await billing.refusal(stripe.billing.meters.create(same))).param).toBe('event_name');
    await stripe.billing.meters.deactivate(meter.id);
    expect((await billing.refusal(metered(meter))).param).toBe('recurring[meter]');
  });

  it('count an event with the same identifier once', async () => {
    const meter = await meterOf();
    const customer = await billing.customer();
    const event = await report(meter, customer.id, 3, { identifier: 'call-1' });
    expect(event).toMatchObject({ object: 'billing.meter_event', identifier: 'call-1', event_name: meter.event_name });
    const again = await billing.refusal(report(meter, customer.id, 3, { identifier: 'call-1' }));
    expect(again).toMatchObject({ statusCode: 400, message: 'An event already exists with identifier call-1.' });
    await billing.advance({ seconds: DAY });
    await report(meter, customer.id, 3, { identifier: 'call-1' });
  });

  it.each([
    ['an unknown event name', { event_name: 'nothing' }, 'no_meter'],
    [
      'a customer that is unknown',
      { payload: { stripe_customer_id: 'cus_none', value: '1' } },
      'meter_event_customer_not_found',
    ],
    ['no customer', { payload: { value: '1' } }, 'meter_event_no_customer_defined'],
    ['a time long ago', { timestamp: 1_000_000_000 }, 'timestamp_too_far_in_past'],
    ['a time far ahead', { timestamp: 9_000_000_000 }, 'timestamp_in_future'],
  ])('refuse %s', async (_name, params: object, code) => {
    const meter = await meterOf();
    const customer = await billing.customer();
    expect((await billing.refusal(report(meter, customer.id, 1, params))).code).toBe(code);
  });

  it('refuse a value that is no whole number', async () => {
    const meter = await meterOf();
    const customer = await billing.customer();
    expect((await billing.refusal(report(meter, customer.id, 1.5))).code).toBe('meter_event_invalid_value');
  });

  it('sum up what was used, by hours and days too, without what was taken back', async () => {
    const meter = await meterOf();
    const customer = await billing.customer();
    const today = Math.floor((await billing.now()) / DAY) * DAY;
    const at = (timestamp: number, value: number, identifier: string) =>
      report(meter, customer.id, value, { timestamp, identifier });
    await at(today - DAY + 60, 2, 'a');
    await at(today - DAY + 3_700, 3, 'b');
    await at(today - 2 * DAY, 10, 'c');
    await at(today - DAY + 120, 50, 'mistake');
    const adjustment = await stripe.billing.meterEventAdjustments.create({
      event_name: meter.event_name,
      type: 'cancel',
      cancel: { identifier: 'mistake' },
    });
    expect(adjustment).toMatchObject({ status: 'complete', cancel: { identifier: 'mistake' } });
    const range = { customer: customer.id, start_time: today - 2 * DAY, end_time: today };
    const summaries = async (value_grouping_window?: 'day' | 'hour') => {
      const params = value_grouping_window === undefined ? range : { ...range, value_grouping_window };
      const page = await stripe.billing.meters.listEventSummaries(meter.id, params);
      return page.data.map((summary) => [summary.start_time - today, summary.aggregated_value]);
    };
    expect(await summaries()).toEqual([[-2 * DAY, 15]]);
    expect(await summaries('day')).toEqual([
      [-DAY, 5],
      [-2 * DAY, 10],
    ]);
    expect(await summaries('hour')).toEqual([
      [-DAY + 3_600, 3],
      [-DAY, 2],
      [-2 * DAY, 10],
    ]);
    const odd = stripe.billing.meters.listEventSummaries(meter.id, { ...range, start_time: range.start_time + 1 });
    expect((await billing.refusal(odd)).param).toBe('start_time');
  });

  it('bill nothing in advance: no invoice for a subscription of metered items alone', async () => {
    const { subscription } = await subscribe(meteredOnly);
    expect(subscription).toMatchObject({ status: 'active', latest_invoice: null });
    expect(subscription.items.data[0]?.quantity).toBeUndefined();
  });

  it('bill what was used in a period at its end, with what is reported until the invoice is finalized', async () => {
    const { meter, customer, subscription, advance, start } = await subscribe(async (used) => [
      { price: (await metered(used)).id },
      { price: (await billing.price(2000)).id },
    ]);
    await advance(start + 10 * DAY);
    await report(meter, customer, 100);
    await advance(Date.UTC(2025, 3, 1) / 1000);
    const [draft] = (await stripe.invoices.list({ subscription: subscription.id })).data;
    expect(draft?.status).toBe('draft');
    expect(linesOf(draft)).toEqual([
      [500, 100, start, Date.UTC(2025, 3, 1) / 1000],
      [2000, 1, Date.UTC(2025, 3, 1) / 1000, Date.UTC(2025, 4, 1) / 1000],
    ]);
    await report(meter, customer, 20, { timestamp: Date.UTC(2025, 3, 1) / 1000 - 60 });
    await report(meter, customer, 7);
    await advance(Date.UTC(2025, 3, 1, 2) / 1000);
    const paid = await stripe.invoices.retrieve(draft?.id ?? '');
    expect(paid).toMatchObject({ status: 'paid', total: 2600 });
    expect(paid.lines.data[0]?.description).toMatch(/^120 × /);
  });

  it('bill by tiers, and forget what was used in a trial', async () => {
    const meter = await meterOf();
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Date.UTC(2025, 2, 1) / 1000 });
    const customer = await billing.customer('pm_card_visa', { test_clock: clock.id });
    const price = await stripe.prices.create({
      currency: 'usd',
      product_data: { name: 'Tiers' },
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 10, unit_amount: 10 },
        { up_to: 'inf', unit_amount: 1 },
      ],
      recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
    });
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 10,
    });
    const advance = async (frozen_time: number): Promise<void> => {
      await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time });
      await billing.clockReady(clock.id);
    };
    await report(meter, customer.id, 1000);
    await advance(Date.UTC(2025, 2, 12) / 1000);
    await report(meter, customer.id, 15);
    await advance(Date.UTC(2025, 3, 11, 2) / 1000);
    const totals = (await stripe.invoices.list({ subscription: subscription.id })).data.map((one) => one.total);
    expect(totals).toEqual([105]);
  });

  it('bill at the old price what was used before a change of price', async () => {
    const { meter, customer, subscription, item, advance, start } = await subscribe(meteredOnly);
    await report(meter, customer, 10);
    await advance(start + 5 * DAY);
    const dearer = await metered(meter, { unit_amount: 7 });
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, price: dearer.id }] });
    await report(meter, customer, 4);
    await advance(Date.UTC(2025, 3, 1, 2) / 1000);
    const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data;
    expect(linesOf(invoice)).toEqual([
      [50, 10, start, start + 5 * DAY],
      [28, 4, start + 5 * DAY, Date.UTC(2025, 3, 1) / 1000],
    ]);
  });

  it('bill a removed item and an ended subscription for what was used', async () => {
    const { meter, customer, subscription, item, advance, start } = await subscribe(async (used) => [
      { price: (await metered(used)).id },
      { price: (await billing.price(2000)).id },
    ]);
    await report(meter, customer, 10);
    await advance(start + 60);
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, deleted: true }] });
    const pending = await stripe.invoiceItems.list({ customer, pending: true });
    expect(pending.data.map((one) => one.amount)).toEqual([50]);

    const ending = await subscribe(meteredOnly);
    await report(ending.meter, ending.customer, 30);
    await stripe.subscriptions.update(ending.subscription.id, { cancel_at_period_end: true });
    await ending.advance(start + 31 * DAY + 7_200);
    const [last] = (await stripe.invoices.list({ subscription: ending.subscription.id })).data;
    expect(last).toMatchObject({ status: 'paid', total: 150 });
    expect((await stripe.subscriptions.retrieve(ending.subscription.id)).status).toBe('canceled');

    const now = await subscribe(meteredOnly);
    await report(now.meter, now.customer, 40);
    await now.advance(start + DAY);
    await stripe.subscriptions.cancel(now.subscription.id, { invoice_now: true });
    expect((await stripe.invoices.list({ subscription: now.subscription.id })).data[0]).toMatchObject({ total: 200 });
  });

  it('show in a preview what was used so far', async () => {
    const { meter, customer, subscription, advance, start } = await subscribe(meteredOnly);
    await report(meter, customer, 8);
    await advance(start + DAY);
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
    expect(preview.total).toBe(40);
  });
});
