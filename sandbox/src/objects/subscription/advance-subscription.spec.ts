import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';

const DAY = 86_400;
const HOUR = 3_600;

describe('subscriptions as time passes', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let price: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    price = await billing.price(2900);
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  async function start(card?: string, params: Partial<Stripe.SubscriptionCreateParams> = {}) {
    const customer = await billing.customer(card);
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      ...params,
    });
    return { customer, subscription, end: periodEnd(subscription) };
  }
  const periodEnd = (subscription: Stripe.Subscription): number => subscription.items.data[0]?.current_period_end ?? 0;
  const current = (subscription: Stripe.Subscription) => stripe.subscriptions.retrieve(subscription.id);
  const useCard = async (customer: Stripe.Customer, card: string): Promise<void> => {
    const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  };
  const about = async (subscription: Stripe.Subscription, work: () => Promise<unknown>): Promise<string[]> => {
    const before = (await stripe.events.list({ limit: 1 })).data[0]?.id;
    await work();
    const types: string[] = [];
    for await (const event of stripe.events.list({ limit: 100 })) {
      if (event.id === before) break;
      const object = event.data.object as { id?: string; customer?: string };
      if (object.id === subscription.id || object.customer === subscription.customer) types.push(event.type);
    }
    return types.reverse();
  };

  it('renews: a draft at the period end, finalized and paid an hour later, the events at simulated times', async () => {
    const { subscription, end } = await start('pm_card_visa');
    const atEnd = await about(subscription, () => billing.advance({ to: end }));
    expect(atEnd).toEqual(['invoice.upcoming', 'invoice.created', 'customer.subscription.updated']);
    const renewed = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
    const draft = renewed.latest_invoice as Stripe.Invoice;
    expect(draft).toMatchObject({
      status: 'draft',
      billing_reason: 'subscription_cycle',
      total: 2900,
      period_end: end,
      created: end,
    });
    expect(draft.automatically_finalizes_at).toBe(end + HOUR);
    expect(renewed.items.data[0]?.current_period_start).toBe(end);
    const later = await about(subscription, () => billing.advance({ to: end + HOUR }));
    expect(later).toEqual([
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
    ]);
    expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({
      status: 'paid',
      number: expect.stringMatching(/-0002$/),
      status_transitions: { finalized_at: end + HOUR, paid_at: end + HOUR },
    });
    const [paid] = (await stripe.events.list({ type: 'invoice.paid', limit: 1 })).data;
    expect(paid?.created).toBe(end + HOUR);
  });

  it('retries a failed renewal on its schedule, then cancels for payment failure', async () => {
    const { subscription, customer, end } = await start('pm_card_visa');
    await useCard(customer, 'pm_card_chargeCustomerFail');
    const types = await about(subscription, () => billing.advance({ to: end + HOUR }));
    expect(types.slice(3)).toEqual([
      'invoice.finalized',
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
      'invoice.payment_failed',
      'invoice.updated',
      'customer.subscription.updated',
    ]);
    const pastDue = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
    expect(pastDue.status).toBe('past_due');
    const invoice = pastDue.latest_invoice as Stripe.Invoice;
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 1, next_payment_attempt: end + HOUR + 3 * DAY });
    await billing.advance({ to: end + HOUR + 3 * DAY });
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({
      attempt_count: 2,
      next_payment_attempt: end + HOUR + 8 * DAY,
    });
    await billing.advance({ to: end + HOUR + 8 * DAY });
    const last = await about(subscription, () => billing.advance({ to: end + HOUR + 15 * DAY }));
    expect(last.at(-1)).toBe('customer.subscription.deleted');
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({
      status: 'open',
      attempt_count: 4,
      next_payment_attempt: null,
      auto_advance: false,
    });
    expect(await current(subscription)).toMatchObject({
      status: 'canceled',
      ended_at: end + HOUR + 15 * DAY,
      cancellation_details: { reason: 'payment_failed' },
    });
  });

  it('is active again once the open invoice is paid with another card', async () => {
    const { subscription, customer, end } = await start('pm_card_visa');
    await useCard(customer, 'pm_card_chargeCustomerFail');
    await billing.advance({ to: end + HOUR });
    const failing = await current(subscription);
    await useCard(customer, 'pm_card_visa');
    const paid = await stripe.invoices.pay(failing.latest_invoice as string);
    expect(paid).toMatchObject({ status: 'paid', next_payment_attempt: null });
    expect((await current(subscription)).status).toBe('active');
  });

  it('does not charge a stolen card twice, but charges a new one at the next retry', async () => {
    const { subscription, customer, end } = await start('pm_card_visa');
    await useCard(customer, 'pm_card_chargeCustomerFailStolenCard');
    await billing.advance({ to: end + HOUR });
    const charges = async () => (await stripe.charges.list({ customer: customer.id })).data.length;
    const before = await charges();
    await billing.advance({ to: end + HOUR + 3 * DAY });
    expect(await charges()).toBe(before);
    const invoice = await billing.latestInvoice(subscription);
    expect(invoice).toMatchObject({ attempt_count: 2, next_payment_attempt: end + HOUR + 8 * DAY });
    await useCard(customer, 'pm_card_visa');
    await billing.advance({ to: end + HOUR + 8 * DAY });
    expect((await current(subscription)).status).toBe('active');
  });

  it('asks for 3-D Secure at a renewal, off session', async () => {
    const { subscription, customer, end } = await start('pm_card_visa');
    await useCard(customer, 'pm_card_authenticationRequired');
    const types = await about(subscription, () => billing.advance({ to: end + HOUR }));
    expect(types).toContain('payment_intent.requires_action');
    expect(types).toContain('invoice.payment_action_required');
    expect((await current(subscription)).status).toBe('past_due');
    const invoice = await billing.latestInvoice(subscription);
    await billing.completeAuthentication((await billing.paymentIntentOf(invoice)).id);
    expect((await current(subscription)).status).toBe('active');
  });

  it('expires an unpaid first invoice after 23 hours and voids it', async () => {
    const { subscription } = await start('pm_card_chargeCustomerFail');
    const types = await about(subscription, () => billing.advance({ to: subscription.created + 23 * HOUR }));
    expect(types).toEqual([
      'payment_intent.canceled',
      'invoice.updated',
      'invoice.voided',
      'customer.subscription.updated',
    ]);
    expect((await current(subscription)).status).toBe('incomplete_expired');
    expect((await billing.latestInvoice(subscription)).status).toBe('void');
  });

  it('announces the end of a trial three days before, then charges and is active', async () => {
    const { subscription } = await start('pm_card_visa', { trial_period_days: 14 });
    const trialEnd = subscription.trial_end ?? 0;
    expect(await about(subscription, () => billing.advance({ to: trialEnd - 3 * DAY - 1 }))).not.toContain(
      'customer.subscription.trial_will_end',
    );
    expect(await about(subscription, () => billing.advance({ to: trialEnd - 3 * DAY }))).toEqual([
      'customer.subscription.trial_will_end',
    ]);
    await billing.advance({ to: trialEnd });
    expect(await current(subscription)).toMatchObject({ status: 'active', trial_end: trialEnd });
    await billing.advance({ to: trialEnd + HOUR });
    expect(await billing.latestInvoice(subscription)).toMatchObject({ status: 'paid', amount_paid: 2900 });
  });

  it('announces a trial shorter than three days at once', async () => {
    const customer = await billing.customer('pm_card_visa');
    const types = await billing.emitted(() =>
      stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], trial_period_days: 1 }),
    );
    expect(types.slice(-2)).toEqual(['customer.subscription.created', 'customer.subscription.trial_will_end']);
  });

  it.each<[Stripe.SubscriptionCreateParams.TrialSettings.EndBehavior.MissingPaymentMethod, string, string]>([
    ['cancel', 'canceled', 'customer.subscription.deleted'],
    ['pause', 'paused', 'customer.subscription.paused'],
    ['create_invoice', 'active', 'customer.subscription.updated'],
  ])('ends a trial without a card: %s → %s', async (behavior, status, event) => {
    const { subscription } = await start(undefined, {
      trial_period_days: 30,
      trial_settings: { end_behavior: { missing_payment_method: behavior } },
    });
    const types = await about(subscription, () => billing.advance({ to: subscription.trial_end ?? 0 }));
    expect(types).toContain(event);
    expect((await current(subscription)).status).toBe(status);
  });

  it('falls past due when the invoice after a trial has no card to charge', async () => {
    const { subscription } = await start(undefined, { trial_period_days: 30 });
    await billing.advance({ to: (subscription.trial_end ?? 0) + HOUR });
    expect((await current(subscription)).status).toBe('past_due');
    expect(await billing.latestInvoice(subscription)).toMatchObject({ status: 'open', attempted: true });
  });

  it('ends at the period end when it was asked to', async () => {
    const { subscription, end } = await start('pm_card_visa');
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    const types = await about(subscription, () => billing.advance({ to: end }));
    expect(types).toEqual(['customer.subscription.deleted']);
    expect(await current(subscription)).toMatchObject({
      status: 'canceled',
      ended_at: end,
      cancellation_details: { reason: 'cancellation_requested' },
      latest_invoice: subscription.latest_invoice,
    });
  });

  it.each([
    ['with a credit for the time that is left', 'create_prorations', [-1450]],
    ['without one when it is not wanted', 'none', []],
  ] as const)('ends at a date amid its period, to the second, %s', async (_name, proration_behavior, credits) => {
    const { subscription, end } = await start('pm_card_visa');
    const middle = (subscription.start_date + end) / 2;
    const ending = await stripe.subscriptions.update(subscription.id, { cancel_at: middle, proration_behavior });
    expect(ending).toMatchObject({ status: 'active', cancel_at: middle, cancel_at_period_end: false });
    await billing.advance({ to: middle - 1 });
    expect((await current(subscription)).status).toBe('active');
    await billing.advance({ to: middle });
    expect(await current(subscription)).toMatchObject({ status: 'canceled', ended_at: middle });
    const waiting = await stripe.invoiceItems.list({ customer: subscription.customer as string, pending: true });
    expect(waiting.data.map((item) => item.amount)).toEqual(credits);
  });

  it('canceled now it ends at once, without a credit, and cannot be canceled again', async () => {
    const { customer, subscription, end } = await start('pm_card_visa');
    const ended = await stripe.subscriptions.cancel(subscription.id, {
      cancellation_details: { feedback: 'too_expensive', comment: 'Too dear' },
    });
    expect(ended).toMatchObject({
      status: 'canceled',
      ended_at: ended.canceled_at,
      cancellation_details: { reason: 'cancellation_requested', feedback: 'too_expensive', comment: 'Too dear' },
    });
    await billing.advance({ to: end + HOUR });
    expect((await stripe.invoices.list({ customer: customer.id })).data).toHaveLength(1);
    expect(((await stripe.customers.retrieve(customer.id)) as Stripe.Customer).balance).toBe(0);
    await expect(stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ code: 'resource_missing' });
  });

  it('bills pending prorations with the renewal', async () => {
    const { subscription, end } = await start('pm_card_visa');
    const dearer = await billing.price(5800);
    const item = subscription.items.data[0];
    const middle = (item?.current_period_start ?? 0) + (end - (item?.current_period_start ?? 0)) / 2;
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item?.id, price: dearer.id }],
      proration_date: middle,
    });
    await billing.advance({ to: end + HOUR });
    const invoice = await billing.latestInvoice(subscription);
    expect(invoice.lines.data.map((line) => line.amount)).toEqual([-1450, 2900, 5800]);
    expect(invoice.amount_paid).toBe(7250);
  });

  it('ends a repeating discount after its months', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 100, duration: 'repeating', duration_in_months: 2 });
    const { subscription, end } = await start('pm_card_visa', { discounts: [{ coupon: coupon.id }] });
    expect((await billing.latestInvoice(subscription)).total).toBe(0);
    await billing.advance({ to: end + HOUR });
    expect((await billing.latestInvoice(subscription)).total).toBe(0);
    await billing.advance({ to: periodEnd(await current(subscription)) + HOUR });
    expect((await billing.latestInvoice(subscription)).total).toBe(2900);
    expect((await current(subscription)).discounts).toEqual([]);
  });

  it('keeps renewals as drafts while collection is paused, and resumes by itself', async () => {
    const { subscription, end } = await start('pm_card_visa');
    const paused = await stripe.subscriptions.update(subscription.id, {
      pause_collection: { behavior: 'keep_as_draft', resumes_at: end + 10 * DAY },
    });
    expect(paused).toMatchObject({ status: 'active', pause_collection: { behavior: 'keep_as_draft' } });
    await billing.advance({ to: end + 2 * HOUR });
    expect((await billing.latestInvoice(subscription)).status).toBe('draft');
    await billing.advance({ to: end + 10 * DAY });
    expect((await current(subscription)).pause_collection).toBeNull();
  });

  it.each([
    ['void', 'void'],
    ['mark_uncollectible', 'uncollectible'],
  ] as const)('collection paused with %s: a renewal is %s, and nothing is charged', async (behavior, status) => {
    const { subscription, end } = await start('pm_card_visa');
    await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior } });
    await billing.advance({ to: end + HOUR });
    expect(await billing.latestInvoice(subscription)).toMatchObject({ status, amount_paid: 0 });
    expect((await current(subscription)).status).toBe('active');
  });

  it('sends invoices instead of charging: active at once, overdue when unpaid', async () => {
    const { subscription } = await start(undefined, { collection_method: 'send_invoice', days_until_due: 7 });
    expect(subscription.status).toBe('active');
    await billing.advance({ to: subscription.created + HOUR });
    const invoice = await billing.latestInvoice(subscription);
    expect(invoice).toMatchObject({ status: 'open', due_date: subscription.created + HOUR + 7 * DAY });
    const types = await about(subscription, () => billing.advance({ to: invoice.due_date ?? 0 }));
    expect(types).toContain('invoice.overdue');
    expect((await current(subscription)).status).toBe('past_due');
  });

  it('pauses without periods or invoices, and resumes with a new period', async () => {
    const { subscription, end } = await start('pm_card_visa');
    const paused = await stripe.subscriptions.pause(subscription.id, {
      bill_for: { unused_time_from: { type: 'now' } },
    });
    expect(paused).toMatchObject({
      status: 'paused',
      status_details: { paused: { subscription: { type: 'pause_requested' } } },
    });
    await billing.advance({ to: end + 5 * DAY });
    expect((await current(subscription)).latest_invoice).toBe(subscription.latest_invoice);
    const types = await about(subscription, () =>
      stripe.subscriptions.resume(subscription.id, { billing_cycle_anchor: { type: 'now' } }),
    );
    expect(types).toContain('customer.subscription.resumed');
    const resumed = await current(subscription);
    expect(resumed.status).toBe('active');
    expect(resumed.status_details).toBeUndefined();
    expect((await billing.latestInvoice(subscription)).lines.data.map((line) => line.amount)).toContain(2900);
  });

  it('resumes with `now` without prorations, whatever was left of the period', async () => {
    const { subscription } = await start('pm_card_visa');
    await stripe.subscriptions.pause(subscription.id, {});
    await billing.advance({ seconds: 5 * DAY });
    await stripe.subscriptions.resume(subscription.id, { billing_cycle_anchor: { type: 'now' } });
    expect((await billing.latestInvoice(subscription)).lines.data.map((line) => line.amount)).toEqual([2900]);
  });

  it('stays paused, in its old period, until the invoice of a resumption is paid', async () => {
    const { customer, subscription, end } = await start('pm_card_visa');
    await stripe.subscriptions.pause(subscription.id, {});
    await billing.advance({ to: end + 5 * DAY });
    const before = await current(subscription);
    await useCard(customer, 'pm_card_chargeCustomerFail');
    const resume = () =>
      stripe.subscriptions.resume(subscription.id, { payment_behavior: 'resume_on_payment_success' });
    const tried = await resume();
    expect([tried.status, tried.items.data[0]?.current_period_end]).toEqual(['paused', periodEnd(before)]);
    await stripe.invoices.voidInvoice((await billing.latestInvoice(subscription)).id ?? '');
    expect([(await current(subscription)).status, periodEnd(await current(subscription))]).toEqual([
      'paused',
      periodEnd(before),
    ]);
    await resume();
    await billing.advance({ seconds: 2 * DAY });
    expect([(await current(subscription)).status, (await billing.latestInvoice(subscription)).status]).toEqual([
      'paused',
      'void',
    ]);
    await resume();
    const invoice = await billing.latestInvoice(subscription);
    expect(invoice).toMatchObject({ status: 'open', amount_due: 2900 });
    await stripe.invoices.pay(invoice.id ?? '', { payment_method: 'pm_card_visa' });
    const after = await current(subscription);
    expect(after.status).toBe('active');
    expect(periodEnd(after)).toBeGreaterThan(invoice.created);
  });
});
