import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';
import { remainingPart } from '../../rules/proration.js';

describe('changing a subscription', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let ten: Stripe.Price;
  let twenty: Stripe.Price;
  let yearly: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    ten = await billing.price(1000);
    twenty = await billing.price(2000);
    yearly = await billing.price(20_000, 'year');
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  interface Started {
    readonly customer: Stripe.Customer;
    readonly subscription: Stripe.Subscription;
    readonly item: Stripe.SubscriptionItem;
    readonly period: { start: number; end: number };
    /** The middle of the current period. */
    readonly middle: number;
  }

  async function start(card = 'pm_card_visa', params: Partial<Stripe.SubscriptionCreateParams> = {}): Promise<Started> {
    const customer = await billing.customer(card);
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: ten.id }],
      ...params,
    });
    const item = subscription.items.data[0];
    if (item === undefined) throw new Error('no item');
    const period = { start: item.current_period_start, end: item.current_period_end };
    return { customer, subscription, item, period, middle: period.start + (period.end - period.start) / 2 };
  }

  const useCard = async (customer: Stripe.Customer, card: string): Promise<void> => {
    const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  };

  it('charges 5.00 at once for a change from 10.00 to 20.00 half way (the example of the documentation)', async () => {
    const { subscription, item, middle, period } = await start();
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, price: twenty.id }],
      proration_behavior: 'always_invoice',
      proration_date: middle,
      expand: ['latest_invoice'],
    });
    const invoice = updated.latest_invoice as Stripe.Invoice;
    expect(invoice).toMatchObject({
      billing_reason: 'subscription_update',
      total: 500,
      amount_paid: 500,
      status: 'paid',
    });
    expect(invoice.parent?.subscription_details?.subscription_proration_date).toBe(middle);
    const first = subscription.latest_invoice as string;
    const firstLine = (await stripe.invoices.retrieve(first)).lines.data[0]?.id;
    expect(invoice.lines.data).toMatchObject([
      {
        amount: -500,
        description: expect.stringMatching(/^Unused time on Plan 1000 after \d\d \w{3} \d{4}$/),
        period: { start: middle, end: period.end },
        discountable: false,
        parent: {
          type: 'subscription_item_details',
          subscription_item_details: {
            proration: true,
            proration_details: { credited_items: { invoice: first, invoice_line_items: [firstLine] } },
          },
        },
      },
      { amount: 1000, description: expect.stringMatching(/^Remaining time on Plan 2000 after/) },
    ]);
    expect(updated.items.data).toMatchObject([
      { id: item.id, price: { id: twenty.id }, current_period_start: period.start, current_period_end: period.end },
    ]);
  });

  it('emits one subscription event for the change, with what it was before', async () => {
    const { subscription, item, middle } = await start();
    const types = await billing.emitted(() =>
      stripe.subscriptions.update(subscription.id, {
        items: [{ id: item.id, price: twenty.id }],
        proration_behavior: 'always_invoice',
        proration_date: middle,
      }),
    );
    expect(types).toEqual([
      'invoiceitem.created',
      'invoiceitem.created',
      'invoice.created',
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice_payment.paid',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
    ]);
    const [event] = (await stripe.events.list({ type: 'customer.subscription.updated', limit: 1 })).data;
    const previous = event?.data.previous_attributes as Partial<Stripe.Subscription>;
    expect(Object.keys(previous).sort()).toEqual(['items', 'latest_invoice']);
    expect(previous.items?.data[0]?.price.id).toBe(ten.id);
  });

  it('keeps prorations for the next invoice with create_prorations', async () => {
    const { subscription, item, customer, middle } = await start();
    const before = subscription.latest_invoice;
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, price: twenty.id }],
      proration_date: middle,
    });
    expect(updated.latest_invoice).toBe(before);
    const pending = await stripe.invoiceItems.list({ customer: customer.id, pending: true });
    expect(pending.data.map((one) => one.amount).sort()).toEqual([-500, 1000]);
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
    expect(preview.total).toBe(2500);
    expect(preview.lines.data.map((line) => line.amount)).toEqual([-500, 1000, 2000]);
  });

  it('gives the credit of a downgrade to the balance, and the next invoice uses it', async () => {
    const { subscription, item, customer, middle } = await start('pm_card_visa', { items: [{ price: twenty.id }] });
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, price: ten.id }],
      proration_behavior: 'always_invoice',
      proration_date: middle,
      expand: ['latest_invoice'],
    });
    const invoice = updated.latest_invoice as Stripe.Invoice;
    expect(invoice).toMatchObject({ total: -500, amount_due: 0, amount_paid: 0, status: 'paid', ending_balance: -500 });
    expect(((await stripe.customers.retrieve(customer.id)) as Stripe.Customer).balance).toBe(-500);
    const entries = await stripe.customers.listBalanceTransactions(customer.id);
    expect(entries.data).toMatchObject([{ amount: -500, ending_balance: -500, invoice: invoice.id }]);
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
    expect(preview).toMatchObject({ total: 1000, starting_balance: -500, amount_due: 500 });
  });

  it('credits what was paid after its discount', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    const { subscription, item, middle } = await start('pm_card_visa', { discounts: [{ coupon: coupon.id }] });
    const preview = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: {
        items: [{ id: item.id, price: twenty.id }],
        proration_behavior: 'always_invoice',
        proration_date: middle,
      },
    });
    expect(preview.lines.data.map((line) => line.amount)).toEqual([-250, 500]);
    expect(preview.total).toBe(250);
  });

  it('prorates a change of quantity as a credit for the old and a debit for the new one', async () => {
    const { subscription, item, middle } = await start();
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 3 }],
      proration_behavior: 'always_invoice',
      proration_date: middle,
      expand: ['latest_invoice'],
    });
    const lines = (updated.latest_invoice as Stripe.Invoice).lines.data;
    expect(lines).toMatchObject([
      { amount: -500, quantity: 1 },
      { amount: 1500, quantity: 3, description: expect.stringContaining('Remaining time on 3 × Plan 1000') },
    ]);
  });

  it('changes again within the period: credits only what the last change debited', async () => {
    const { subscription, item, middle, period } = await start();
    const quarter = period.start + (period.end - period.start) / 4;
    const change = (price: string, at: number) =>
      stripe.subscriptions.update(subscription.id, {
        items: [{ id: item.id, price }],
        proration_behavior: 'always_invoice',
        proration_date: at,
        expand: ['latest_invoice'],
      });
    const up = await change(twenty.id, quarter);
    expect((up.latest_invoice as Stripe.Invoice).lines.data.map((line) => line.amount)).toEqual([-750, 1500]);
    const down = await change(ten.id, middle);
    expect((down.latest_invoice as Stripe.Invoice).lines.data.map((line) => line.amount)).toEqual([-1000, 500]);
  });

  it('starts a year at once when the anchor is reset: unused month back, whole year charged', async () => {
    const { subscription, item, middle } = await start();
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, price: yearly.id }],
      billing_cycle_anchor: { type: 'now' },
      proration_behavior: 'always_invoice',
      proration_date: middle,
      expand: ['latest_invoice'],
    });
    const invoice = updated.latest_invoice as Stripe.Invoice;
    expect(invoice.lines.data.map((line) => line.amount)).toEqual([-500, 20_000]);
    expect(invoice.amount_paid).toBe(19_500);
    const after = updated.items.data[0];
    expect(after?.current_period_start).toBe(updated.billing_cycle_anchor);
    expect(new Date((after?.current_period_end ?? 0) * 1000).getUTCFullYear()).toBe(
      new Date((after?.current_period_start ?? 0) * 1000).getUTCFullYear() + 1,
    );
  });

  it('keeps the anchor when the interval changes without a reset (flexible billing)', async () => {
    const { subscription, item, period } = await start();
    const updated = await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, price: yearly.id }] });
    expect(updated.billing_cycle_anchor).toBe(subscription.billing_cycle_anchor);
    const end = new Date(period.start * 1000);
    end.setUTCFullYear(end.getUTCFullYear() + 1);
    expect(updated.items.data[0]?.current_period_end).toBe(end.getTime() / 1000);
  });

  it('adds an item when no id is given, as Stripe does', async () => {
    const { subscription, middle, period } = await start();
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ price: twenty.id }],
      proration_behavior: 'always_invoice',
      proration_date: middle,
      expand: ['latest_invoice'],
    });
    expect(updated.items.data).toHaveLength(2);
    expect((updated.latest_invoice as Stripe.Invoice).total).toBe(remainingPart(2000, period, middle));
  });

  it('previews an update with the numbers that the update then has', async () => {
    const { subscription, item, middle } = await start();
    const change = {
      items: [{ id: item.id, price: twenty.id }],
      proration_behavior: 'always_invoice',
      proration_date: middle,
    } as const;
    const preview = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { ...change, items: [...change.items] },
    });
    const events = await billing.emitted(() =>
      stripe.invoices.createPreview({
        subscription: subscription.id,
        subscription_details: { ...change, items: [...change.items] },
      }),
    );
    expect(events).toEqual([]);
    const updated = await stripe.subscriptions.update(subscription.id, {
      ...change,
      items: [...change.items],
      expand: ['latest_invoice'],
    });
    const invoice = updated.latest_invoice as Stripe.Invoice;
    const numbers = (one: Stripe.Invoice) => [
      one.subtotal,
      one.total,
      one.amount_due,
      one.lines.data.map((line) => [line.amount, line.period, line.description]),
    ];
    expect(numbers(preview)).toEqual(numbers(invoice));
    const missing = await billing.refusal(stripe.invoices.retrieve(preview.id));
    expect(missing.statusCode).toBe(404);
  });

  it('previews a new subscription', async () => {
    const customer = await billing.customer();
    const preview = await stripe.invoices.createPreview({
      customer: customer.id,
      subscription_details: { items: [{ price: ten.id, quantity: 2 }] },
    });
    expect(preview).toMatchObject({ total: 2000, status: 'draft', billing_reason: 'subscription_create' });
    expect((await stripe.subscriptions.list({ customer: customer.id })).data).toEqual([]);
  });

  it('makes the change but falls past due when a charge is declined (allow_incomplete)', async () => {
    const { subscription, item, customer, middle } = await start();
    await useCard(customer, 'pm_card_chargeCustomerFail');
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, price: twenty.id }],
      proration_behavior: 'always_invoice',
      proration_date: middle,
    });
    expect(updated).toMatchObject({ status: 'past_due' });
    expect(updated.items.data[0]?.price.id).toBe(twenty.id);
    await useCard(customer, 'pm_card_visa');
    await stripe.invoices.pay(updated.latest_invoice as string);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });

  it('leaves everything as it was when a charge is declined with error_if_incomplete', async () => {
    const { subscription, item, customer, middle } = await start();
    await useCard(customer, 'pm_card_chargeCustomerFail');
    const refusal = await billing.refusal(
      stripe.subscriptions.update(subscription.id, {
        items: [{ id: item.id, price: twenty.id }],
        proration_behavior: 'always_invoice',
        proration_date: middle,
        payment_behavior: 'error_if_incomplete',
      }),
    );
    expect(refusal.statusCode).toBe(402);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      latest_invoice: subscription.latest_invoice,
      status: 'active',
    });
  });

  it('changes a trial at once, without prorations, and the trial stays', async () => {
    const { subscription, item } = await start('pm_card_visa', { trial_period_days: 14 });
    const updated = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, price: yearly.id }],
      proration_behavior: 'none',
    });
    expect(updated).toMatchObject({
      status: 'trialing',
      trial_end: subscription.trial_end,
      latest_invoice: subscription.latest_invoice,
    });
    expect(updated.items.data[0]?.price.id).toBe(yearly.id);
  });

  it('ends a trial now: charged, active, the period starts now', async () => {
    const { subscription } = await start('pm_card_visa', { trial_period_days: 14 });
    const updated = await stripe.subscriptions.update(subscription.id, {
      trial_end: 'now',
      expand: ['latest_invoice'],
    });
    expect(updated.status).toBe('active');
    expect((updated.latest_invoice as Stripe.Invoice).amount_paid).toBe(1000);
    expect(updated.items.data[0]?.current_period_start).toBe(updated.billing_cycle_anchor);
  });

  it('schedules its end and takes that back', async () => {
    const { subscription, period } = await start();
    const ending = await stripe.subscriptions.update(subscription.id, {
      cancel_at_period_end: true,
      cancellation_details: { comment: 'too far away' },
    });
    expect(ending).toMatchObject({
      status: 'active',
      cancel_at: period.end,
      cancel_at_period_end: true,
      cancellation_details: { comment: 'too far away', reason: 'cancellation_requested' },
    });
    expect(ending.canceled_at).not.toBeNull();
    const going = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    expect(going).toMatchObject({ cancel_at: null, cancel_at_period_end: false, canceled_at: null });
    const at = await stripe.subscriptions.update(subscription.id, { cancel_at: 'max_period_end' });
    expect(at).toMatchObject({ cancel_at: period.end, cancel_at_period_end: false });
    expect((await stripe.subscriptions.update(subscription.id, { cancel_at: '' })).cancel_at).toBeNull();
  });

  it('merges metadata, changes discounts, and refuses to change what has ended', async () => {
    const { subscription } = await start('pm_card_visa', { metadata: { a: '1', b: '2' } });
    const coupon = await stripe.coupons.create({ amount_off: 300, currency: 'usd', duration: 'forever' });
    const updated = await stripe.subscriptions.update(subscription.id, {
      metadata: { a: '', c: '3' },
      discounts: [{ coupon: coupon.id }],
      expand: ['discounts'],
    });
    expect(updated.metadata).toEqual({ b: '2', c: '3' });
    expect(updated.discounts).toMatchObject([
      { object: 'discount', source: { coupon: coupon.id }, subscription: subscription.id },
    ]);
    expect((await stripe.invoices.createPreview({ subscription: subscription.id })).total).toBe(700);
    expect((await stripe.subscriptions.update(subscription.id, { discounts: '' })).discounts).toEqual([]);
    await stripe.subscriptions.cancel(subscription.id);
    const refusal = await billing.refusal(stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }));
    expect(refusal.message).toContain('canceled subscription');
  });
});
