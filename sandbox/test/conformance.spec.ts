import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';
import { EveryCall } from './support/every-call.js';
import { RecordedCalls } from './support/recorded-calls.js';
import { StripeShapes } from './support/stripe-shapes.js';

const DAY = 86_400;

/** Every list of the sandbox that needs no parameters. */
const LISTS = [
  'billing/meters',
  'billing_portal/configurations',
  'charges',
  'coupons',
  'credit_notes',
  'customers',
  'disputes',
  'entitlements/features',
  'events',
  'invoice_payments',
  'invoiceitems',
  'invoices',
  'payment_intents',
  'payment_methods',
  'prices',
  'products',
  'promotion_codes',
  'refunds',
  'setup_intents',
  'subscriptions',
  'test_helpers/test_clocks',
  'webhook_endpoints',
];

describe('what the sandbox shows has the shapes that the stripe package declares', () => {
  let sandbox: Sandbox;
  let stripe: Stripe;
  let shapes: StripeShapes;
  const problems: string[] = [];
  const recorded = new RecordedCalls();
  const events = new Map<string, Stripe.Event>();

  const control = async (path: string, body: object): Promise<void> => {
    await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  };
  const get = async (path: string): Promise<{ data: unknown[]; has_more: boolean }> => {
    const response = await fetch(`${sandbox.url}/v1/${path}`, { headers: { authorization: 'Bearer sk_test_1' } });
    return (await response.json()) as { data: unknown[]; has_more: boolean };
  };
  /** The sandbox keeps events for 30 days only. */
  const collectEvents = async (): Promise<void> => {
    for await (const event of stripe.events.list({ limit: 100 })) events.set(event.id, event);
  };
  const quietly = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined);

  async function makeCatalogue(): Promise<{ month: Stripe.Price; year: Stripe.Price; coupon: Stripe.Coupon }> {
    const product = await stripe.products.create({
      name: 'Pro',
      description: 'x',
      images: ['http://127.0.0.1/a.png'],
      package_dimensions: { height: 1, length: 2, weight: 3, width: 4 },
    });
    const recurring = (interval: 'month' | 'year', amount: number) =>
      stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: amount, recurring: { interval } });
    await stripe.prices.create({
      product: product.id,
      currency: 'eur',
      unit_amount_decimal: Stripe.Decimal.from('0.5'),
    });
    await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 5, unit_amount: 100 },
        { up_to: 'inf', unit_amount: 50 },
      ],
      recurring: { interval: 'month' },
    });
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'repeating', duration_in_months: 2 });
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'QUARTER' });
    return { month: await recurring('month', 2_900), year: await recurring('year', 29_000), coupon };
  }

  async function makePortal(price: Stripe.Price): Promise<void> {
    const products = [{ product: price.product as string, prices: [price.id], adjustable_quantity: { enabled: true } }];
    const configuration = await stripe.billingPortal.configurations.create({
      features: {
        payment_method_update: { enabled: true },
        subscription_cancel: { enabled: true, cancellation_reason: { enabled: true, options: ['other'] } },
        subscription_update: { enabled: true, default_allowed_updates: ['price', 'quantity'], products },
      },
    });
    await stripe.billingPortal.configurations.update(configuration.id, { name: 'Shape' });
    await stripe.billingPortal.configurations.retrieve(configuration.id);
    await stripe.billingPortal.configurations.list();
    const { id: customer } = await stripe.customers.create();
    await stripe.billingPortal.sessions.create({ customer, return_url: 'http://127.0.0.1/' });
    await stripe.billingPortal.sessions.create({
      customer,
      configuration: configuration.id,
      flow_data: { type: 'payment_method_update', after_completion: { type: 'hosted_confirmation' } },
    });
  }

  async function customerWith(card: string): Promise<string> {
    const customer = await stripe.customers.create({
      email: 'shape@example.com',
      name: 'Shape',
      preferred_locales: ['de'],
    });
    const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
    return customer.id;
  }

  const pay = (card: string, extra: object = {}) =>
    stripe.paymentIntents.create({ amount: 900, currency: 'usd', payment_method: card, confirm: true, ...extra });

  /** A debit that succeeds and one that fails, by an intent and by a Checkout session. */
  async function makeDebits(): Promise<void> {
    for (const iban of ['AT321904300235473204', 'AT051904300235473205']) {
      const method = await stripe.paymentMethods.create({
        type: 'sepa_debit',
        sepa_debit: { iban },
        billing_details: { name: 'Shape', email: 'shape@example.com' },
      });
      const intent = await pay(method.id, {
        currency: 'eur',
        allowed_payment_method_types: ['sepa_debit'],
        mandate_data: { customer_acceptance: { type: 'offline' } },
      });
      const charge = await stripe.charges.retrieve(intent.latest_charge as string);
      await stripe.mandates.retrieve(charge.payment_method_details?.sepa_debit?.mandate ?? '');
      const session = await stripe.checkout.sessions.create({
        mode: 'payment',
        success_url: 'http://127.0.0.1/',
        allowed_payment_method_types: ['card', 'sepa_debit'],
        line_items: [
          { quantity: 1, price_data: { currency: 'eur', unit_amount: 900, product_data: { name: 'Debit' } } },
        ],
      });
      await control('checkout/complete', {
        session: session.id,
        card: iban,
        email: 'shape@example.com',
        name: 'Shape',
      });
      await stripe.checkout.sessions.retrieve(session.id);
    }
    await control('advance', { seconds: 180 });
  }

  async function makePayments(): Promise<void> {
    await makeDebits();
    const paid = await pay('pm_card_visa');
    await stripe.refunds.create({ payment_intent: paid.id, amount: 100 });
    await stripe.refunds.create({ payment_intent: (await pay('pm_card_refundFail')).id });
    await stripe.refunds.create({ payment_intent: (await pay('pm_card_pendingRefund')).id });
    await pay('pm_card_createDispute');
    await quietly(pay('pm_card_chargeDeclined'));
    await pay('pm_card_authenticationRequired');
    await stripe.paymentIntents.cancel((await pay('pm_card_visa', { capture_method: 'manual' })).id);
    const customer = await customerWith('pm_card_visa');
    await stripe.setupIntents.create({ customer, payment_method: 'pm_card_visa', confirm: true });
    await stripe.setupIntents.create({ customer, payment_method: 'pm_card_authenticationRequired', confirm: true });
    await quietly(stripe.setupIntents.create({ customer, payment_method: 'pm_card_chargeDeclined', confirm: true }));
  }

  async function makeCreditNotes(invoice: string): Promise<void> {
    const note = await stripe.creditNotes.create({ invoice, amount: 200, credit_amount: 50, refund_amount: 150 });
    await stripe.creditNotes.update(note.id, { memo: 'memo' });
    const meter = await stripe.billing.meters.create({
      display_name: 'Calls',
      event_name: 'calls',
      default_aggregation: { formula: 'sum' },
    });
    const recurring = { interval: 'month' as const, usage_type: 'metered' as const, meter: meter.id };
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 2,
      product_data: { name: 'Calls' },
      recurring,
    });
    const customer = await customerWith('pm_card_visa');
    await stripe.subscriptions.create({ customer, items: [{ price: price.id }] });
    const payload = { stripe_customer_id: customer, value: '50' };
    await stripe.billing.meterEvents.create({ event_name: 'calls', payload });
    await stripe.billing.meters.update(meter.id, { display_name: 'API calls' });
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: 1_700_000_000 });
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_700_000_100 });
  }

  async function makeSubscriptions(): Promise<void> {
    const { month, year, coupon } = await makeCatalogue();
    await makePortal(month);
    const items = [{ price: month.id }];
    const good = await customerWith('pm_card_visa');
    const subscription = await stripe.subscriptions.create({
      customer: good,
      items,
      discounts: [{ coupon: coupon.id }],
    });
    await stripe.subscriptions.create({ customer: await customerWith('pm_card_visa'), items, trial_period_days: 5 });
    await stripe.subscriptions.create({
      customer: await customerWith('pm_card_chargeCustomerFail'),
      items,
      trial_period_days: 1,
    });
    await stripe.subscriptions.create({ customer: await customerWith('pm_card_authenticationRequired'), items });
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id ?? '', price: year.id }],
      proration_behavior: 'always_invoice',
      billing_cycle_anchor: { type: 'now' },
    });
    await stripe.invoiceItems.create({ customer: good, amount: 500, currency: 'usd', description: 'extra' });
    const invoice = await stripe.invoices.create({ customer: good, pending_invoice_items_behavior: 'include' });
    await stripe.invoices.finalizeInvoice(invoice.id ?? '');
    await stripe.invoices.pay(invoice.id ?? '');
    await makeCreditNotes(invoice.id ?? '');
    for (let step = 0; step < 3; step += 1) {
      await collectEvents();
      await control('advance', { seconds: 13 * DAY });
    }
    await stripe.subscriptions.cancel(subscription.id);
    await collectEvents();
  }

  beforeAll(async () => {
    shapes = new StripeShapes();
    sandbox = await createSandbox({ log: (message, error) => problems.push(`${message} ${String(error)}`) });
    stripe = recorded.client(sandbox.port);
    await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['invoice.upcoming'] });
    await makePayments();
    await makeSubscriptions();
    await new EveryCall(stripe, sandbox.url).make();
    await collectEvents();
  }, 120_000);
  afterAll(async () => {
    await sandbox.close();
    expect(problems).toEqual([]);
  });

  it.each(LISTS)('GET /v1/%s', async (list) => {
    let after = '';
    const failures = new Set<string>();
    for (let more = true; more;) {
      const page = await get(`${list}?limit=100${after}`);
      for (const failure of shapes.failures(page)) failures.add(withoutPositions(failure));
      more = page.has_more;
      after = `&starting_after=${(page.data.at(-1) as { id: string } | undefined)?.id}`;
    }
    expect([...failures]).toEqual([]);
  });

  it('a portal configuration with its products', async () => {
    const [configuration] = (
      await get('billing_portal/configurations?expand[]=data.features.subscription_update.products')
    ).data.slice(-1);
    expect(configuration).toMatchObject({ features: { subscription_update: { products: [expect.anything()] } } });
    expect(shapes.failures(configuration)).toEqual([]);
  });

  it('every route of the API was called with success, but for those that can only refuse', async () => {
    const pending = await stripe.refunds.create({
      payment_intent: (await pay('pm_card_pendingRefund')).id,
    });
    await expect(stripe.refunds.cancel(pending.id)).rejects.toThrow('Only refunds that require action');
    const [subscription] = (await stripe.subscriptions.list({ limit: 1 })).data;
    await expect(
      stripe.subscriptions.migrate(subscription?.id ?? '', { billing_mode: { type: 'flexible' } }),
    ).rejects.toThrow('does not support');
    expect(recorded.missing()).toEqual([
      'POST /v1/refunds/:refund/cancel',
      'POST /v1/subscriptions/:subscription/migrate',
    ]);
  });

  it('the answers of all calls', () => {
    const failures = new Set<string>();
    for (const { route, status, body } of recorded.answers) {
      if (status !== 200 || route.path.startsWith('/v1/payment_pages/')) continue;
      for (const failure of shapes.failures(body)) {
        failures.add(`${route.method} ${route.path}: ${withoutPositions(failure)}`);
      }
    }
    expect([...failures]).toEqual([]);
  });

  it('the objects in all events', () => {
    const failures = new Set<string>();
    for (const event of events.values()) {
      for (const failure of shapes.failures(event.data.object)) {
        failures.add(`${event.type}: ${withoutPositions(failure)}`);
      }
    }
    expect([...failures]).toEqual([]);
    expect(new Set([...events.values()].map((event) => event.type)).size).toBeGreaterThan(40);
  });

  it('finds what is wrong with an object', async () => {
    const [customer] = (await get('customers?limit=1')).data as Record<string, unknown>[];
    const { balance: _balance, ...rest } = customer ?? {};
    expect(shapes.failures({ ...rest, email: 7, tax_exempt: 'never', colour: 'red' })).toEqual([
      'customer.balance: is missing',
      'customer.email: 7 has the wrong type',
      'customer.tax_exempt: the value never is not declared',
      'customer.colour: is not declared',
    ]);
  });
});

function withoutPositions(failure: string): string {
  return failure.replaceAll(/\[\d+\]/g, '[]');
}
