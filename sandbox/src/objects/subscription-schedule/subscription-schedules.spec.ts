import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';

const HOUR = 3_600;

describe('subscription schedules', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let dear: Stripe.Price;
  let cheap: Stripe.Price;
  let yearly: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    dear = await billing.price(7900);
    cheap = await billing.price(2900);
    yearly = await billing.price(29_000, 'year');
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  async function start() {
    const customer = await billing.customer('pm_card_visa');
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: dear.id }] });
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const [phase] = schedule.phases;
    if (phase === undefined) throw new Error('no phase');
    return { customer, subscription, schedule, phase };
  }

  function downgrade(started: Awaited<ReturnType<typeof start>>, price: string, extra: object = {}) {
    const { schedule, phase } = started;
    return stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: 'release',
      phases: [
        { items: [{ price: dear.id, quantity: 1 }], start_date: phase.start_date, end_date: phase.end_date },
        { items: [{ price, quantity: 1 }], duration: { interval: 'month' }, ...extra },
      ],
    });
  }

  it('takes a running subscription over as it is', async () => {
    const { subscription, schedule, phase } = await start();
    expect(schedule).toMatchObject({
      status: 'active',
      end_behavior: 'release',
      subscription: subscription.id,
      current_phase: { start_date: phase.start_date, end_date: phase.end_date },
    });
    expect(phase.items).toMatchObject([{ price: dear.id, quantity: 1 }]);
    expect(phase.end_date).toBe(subscription.items.data[0]?.current_period_end);
    const current = await stripe.subscriptions.retrieve(subscription.id, { expand: ['schedule'] });
    expect(current.schedule).toMatchObject({ id: schedule.id });
    const again = await billing.refusal(stripe.subscriptionSchedules.create({ from_subscription: subscription.id }));
    expect(again.statusCode).toBe(400);
  });

  it('downgrades at the period end: nothing now, then the new price alone, then it lets go', async () => {
    const started = await start();
    const { subscription, phase } = started;
    const changed = await downgrade(started, cheap.id);
    expect(changed.phases).toHaveLength(2);
    expect((await stripe.subscriptions.retrieve(subscription.id)).items.data[0]?.price.id).toBe(dear.id);
    await billing.advance({ to: phase.end_date + HOUR });
    const after = await stripe.subscriptions.retrieve(subscription.id);
    expect(after.items.data).toMatchObject([{ id: subscription.items.data[0]?.id, price: { id: cheap.id } }]);
    const invoice = await billing.latestInvoice(subscription);
    expect(invoice).toMatchObject({ billing_reason: 'subscription_cycle', total: 2900, status: 'paid' });
    expect(invoice.lines.data).toHaveLength(1);
    const second = after.items.data[0]?.current_period_end ?? 0;
    await billing.advance({ to: second });
    expect(await stripe.subscriptionSchedules.retrieve(changed.id)).toMatchObject({
      status: 'released',
      released_subscription: subscription.id,
      subscription: null,
    });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ schedule: null, status: 'active' });
  });

  it('moves to a year that starts with the phase when the phase resets the anchor', async () => {
    const started = await start();
    await downgrade(started, yearly.id, { duration: { interval: 'year' }, billing_cycle_anchor: 'phase_start' });
    await billing.advance({ to: started.phase.end_date + HOUR });
    const after = await stripe.subscriptions.retrieve(started.subscription.id);
    expect(after.billing_cycle_anchor).toBe(started.phase.end_date);
    expect((await billing.latestInvoice(after)).total).toBe(29_000);
    const year = new Date(started.phase.end_date * 1000);
    year.setUTCFullYear(year.getUTCFullYear() + 1);
    expect(after.items.data[0]?.current_period_end).toBe(year.getTime() / 1000);
  });

  it('is released on request and then changes nothing any more', async () => {
    const started = await start();
    await downgrade(started, cheap.id);
    const types = await billing.emitted(() => stripe.subscriptionSchedules.release(started.schedule.id));
    expect(types).toEqual(['subscription_schedule.released', 'customer.subscription.updated']);
    await billing.advance({ to: started.phase.end_date });
    expect((await stripe.subscriptions.retrieve(started.subscription.id)).items.data[0]?.price.id).toBe(dear.id);
    const again = await billing.refusal(stripe.subscriptionSchedules.release(started.schedule.id));
    expect(again.message).toContain('released');
  });

  it('ends the subscription after the last phase with end_behavior cancel', async () => {
    const started = await start();
    const { schedule, phase, subscription } = started;
    await stripe.subscriptionSchedules.update(schedule.id, { end_behavior: 'cancel' });
    await billing.advance({ to: phase.end_date });
    expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('completed');
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'canceled',
      ended_at: phase.end_date,
    });
  });

  it('ends with its subscription', async () => {
    const { schedule, subscription } = await start();
    await stripe.subscriptions.cancel(subscription.id);
    expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('canceled');
  });

  it('prorates when the current phase is changed', async () => {
    const { schedule, phase, subscription } = await start();
    await stripe.subscriptionSchedules.update(schedule.id, {
      proration_behavior: 'none',
      phases: [{ items: [{ price: cheap.id }], start_date: phase.start_date, end_date: phase.end_date }],
    });
    const after = await stripe.subscriptions.retrieve(subscription.id);
    expect(after.items.data[0]?.price.id).toBe(cheap.id);
    expect(after.latest_invoice).toBe(subscription.latest_invoice);
  });

  it('creates a subscription when it starts in the future', async () => {
    const customer = await billing.customer('pm_card_visa');
    const at = (await billing.now()) + 5 * 86_400;
    const schedule = await stripe.subscriptionSchedules.create({
      customer: customer.id,
      start_date: at,
      phases: [{ items: [{ price: cheap.id }], duration: { interval: 'month', interval_count: 2 } }],
    });
    expect(schedule).toMatchObject({ status: 'not_started', subscription: null, current_phase: null });
    expect((await stripe.subscriptionSchedules.list({ customer: customer.id, scheduled: true })).data).toHaveLength(1);
    await billing.advance({ to: at + HOUR });
    const started = await stripe.subscriptionSchedules.retrieve(schedule.id, { expand: ['subscription'] });
    expect(started.status).toBe('active');
    const subscription = started.subscription as Stripe.Subscription;
    expect(subscription).toMatchObject({ status: 'active', start_date: at });
    expect((await billing.latestInvoice(subscription)).status).toBe('paid');
  });

  it.each<[string, Stripe.SubscriptionScheduleCreateParams, string]>([
    ['no phases', { customer: 'cus_x' }, 'phases'],
    ['an unknown subscription', { from_subscription: 'sub_none' }, 'from_subscription'],
    ['pauses, which the sandbox has not', { customer: 'cus_x', pause_schedules: [{ key: 'a' }] }, 'pause_schedules'],
  ])('refuses %s', async (_name, params, param) => {
    expect(await billing.refusal(stripe.subscriptionSchedules.create(params))).toMatchObject({
      statusCode: 400,
      param,
    });
  });
});
