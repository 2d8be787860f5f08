import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';

/**
 * The numbers of Stripe's own documentation, played through on test clocks. Each table names the page that its examples
 * stand on.
 */
const at = (text: string): number => Date.parse(`${text}Z`) / 1000;

describe("Stripe's worked examples", () => {
  let billing: BillingSandbox;
  let stripe: Stripe;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  interface Played {
    readonly subscription: Stripe.Subscription;
    readonly item: string;
    readonly customer: string;
    advance(...moments: number[]): Promise<void>;
    invoices(): Promise<Stripe.Invoice[]>;
  }

  /** A subscription on a test clock of its own; invoices are listed oldest first. */
  async function play(
    start: number,
    price: Stripe.Price,
    params: Partial<Stripe.SubscriptionCreateParams> = {},
    card: string | null = 'pm_card_visa',
  ): Promise<Played> {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start });
    const customer = await billing.customer(card ?? undefined, { test_clock: clock.id });
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      ...params,
    });
    return {
      subscription,
      item: subscription.items.data[0]?.id ?? '',
      customer: customer.id,
      async advance(...moments) {
        for (const frozen_time of moments) {
          await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time });
          await billing.clockReady(clock.id);
        }
      },
      async invoices() {
        return (await stripe.invoices.list({ subscription: subscription.id, limit: 100 })).data.reverse();
      },
    };
  }
  const linesOf = (invoice: Stripe.Invoice) => invoice.lines.data.map((line) => line.amount);

  describe('prorations (docs.stripe.com/billing/subscriptions/prorations)', () => {
    it('10 to 20 USD a month halfway through: -5 for the unused, +10 for the remaining time, 5 more', async () => {
      const played = await play(at('2025-06-01T00:00:00'), await billing.price(1000));
      await played.advance(at('2025-06-16T00:00:00'));
      const change: Stripe.SubscriptionUpdateParams = {
        items: [{ id: played.item, price: (await billing.price(2000)).id }],
      };
      const preview = await stripe.invoices.createPreview({
        subscription: played.subscription.id,
        subscription_details: { ...change, proration_behavior: 'always_invoice' },
      });
      expect(linesOf(preview)).toEqual([-500, 1000]);
      expect(preview.total).toBe(500);
      await stripe.subscriptions.update(played.subscription.id, change);
      await played.advance(at('2025-07-01T02:00:00'));
      const [, renewal] = await played.invoices();
      expect(linesOf(renewal ?? preview)).toEqual([-500, 1000, 2000]);
      expect(renewal).toMatchObject({ status: 'paid', total: 2500 });
    });

    it('20 to 10 USD halfway through: the 5 USD that are left over reduce the next invoice', async () => {
      const played = await play(at('2025-06-01T00:00:00'), await billing.price(2000));
      await played.advance(at('2025-06-16T00:00:00'));
      await stripe.subscriptions.update(played.subscription.id, {
        items: [{ id: played.item, price: (await billing.price(1000)).id }],
      });
      await played.advance(at('2025-07-01T02:00:00'));
      expect((await played.invoices()).map((invoice) => [invoice.total, linesOf(invoice)])).toEqual([
        [2000, [2000]],
        [500, [-1000, 500, 1000]],
      ]);
    });

    it('without prorations the new price counts from the next period on', async () => {
      const played = await play(at('2025-06-01T00:00:00'), await billing.price(1000));
      await played.advance(at('2025-06-16T00:00:00'));
      await stripe.subscriptions.update(played.subscription.id, {
        items: [{ id: played.item, price: (await billing.price(2000)).id }],
        proration_behavior: 'none',
      });
      await played.advance(at('2025-07-01T02:00:00'));
      expect((await played.invoices()).map((invoice) => invoice.total)).toEqual([1000, 2000]);
    });

    it('to the second: an answer of the API of 3 March 2017, 10 USD a month to 100 USD a year, due 96.36', async () => {
      const played = await play(at('2017-02-14T00:00:00'), await billing.price(1000));
      await played.advance(1488568488);
      const preview = await stripe.invoices.createPreview({
        subscription: played.subscription.id,
        subscription_details: {
          items: [{ id: played.item, price: (await billing.price(10_000, 'year')).id }],
          billing_cycle_anchor: { type: 'now' },
          proration_date: 1488568488,
        },
      });
      const [credit] = preview.lines.data;
      expect(credit).toMatchObject({ amount: -364, period: { start: 1488568488, end: 1489449600 } });
      expect(preview.amount_due).toBe(9636);
    });
  });

  describe('billing cycles (docs.stripe.com/billing/subscriptions/billing-cycle)', () => {
    const startsOf = async (played: Played) =>
      (await played.invoices()).map((invoice) => new Date(invoice.created * 1000).toISOString().slice(0, 10));

    it.each([
      [
        'of 2 September bills on the 2nd',
        'month',
        '2024-09-02',
        ['2024-09-02', '2024-10-02', '2024-11-02', '2024-12-02', '2025-01-02'],
      ],
      [
        'of 31 January bills on the last day',
        'month',
        '2025-01-31',
        ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-30', '2025-05-31'],
      ],
      [
        'of 31 January bills on 29 February in a leap year',
        'month',
        '2024-01-31',
        ['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31'],
      ],
      [
        'of Friday, 3 June bills every Friday',
        'week',
        '2022-06-03',
        ['2022-06-03', '2022-06-10', '2022-06-17', '2022-06-24', '2022-07-01'],
      ],
      [
        'of 29 February bills on the 28th until the next leap year',
        'year',
        '2024-02-29',
        ['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29'],
      ],
    ] as const)('an anchor %s', async (_name, interval, start, expected) => {
      const played = await play(at(`${start}T09:30:00`), await billing.price(1000, interval));
      for (const day of expected.slice(1)) await played.advance(at(`${day}T09:30:00`));
      expect(await startsOf(played)).toEqual(expected);
    });

    it('created on 15 May with an anchor of 1 June: billed on 15 May for 17 of 31 days, then on the 1st', async () => {
      const played = await play(at('2025-05-15T00:00:00'), await billing.price(3100), {
        billing_cycle_anchor: at('2025-06-01T00:00:00'),
      });
      await played.advance(at('2025-06-01T02:00:00'), at('2025-07-01T02:00:00'));
      expect((await played.invoices()).map((invoice) => invoice.total)).toEqual([1700, 3100, 3100]);
      expect(await startsOf(played)).toEqual(['2025-05-15', '2025-06-01', '2025-07-01']);
    });

    it('the same without prorations: the time until the first full invoice is free', async () => {
      const played = await play(at('2025-05-15T00:00:00'), await billing.price(3100), {
        billing_cycle_anchor: at('2025-06-01T00:00:00'),
        proration_behavior: 'none',
      });
      expect(played.subscription.status).toBe('active');
      await played.advance(at('2025-06-01T02:00:00'));
      expect((await played.invoices()).map((invoice) => invoice.total).filter((total) => total > 0)).toEqual([3100]);
    });

    it('reset to now: the old period is credited, a whole new one is charged', async () => {
      const played = await play(at('2025-06-01T00:00:00'), await billing.price(3000));
      await played.advance(at('2025-06-16T00:00:00'));
      const updated = await stripe.subscriptions.update(played.subscription.id, {
        billing_cycle_anchor: { type: 'now' },
      });
      expect(updated.billing_cycle_anchor).toBe(at('2025-06-16T00:00:00'));
      expect(updated.items.data[0]?.current_period_end).toBe(at('2025-07-16T00:00:00'));
      expect(linesOf((await played.invoices())[1] as Stripe.Invoice)).toEqual([-1500, 3000]);
    });
  });

  describe('trials (docs.stripe.com/billing/subscriptions/trials)', () => {
    it('30 days: an invoice of 0 at once, the notice three days before, a whole period at its end', async () => {
      const played = await play(at('2025-01-01T00:00:00'), await billing.price(2000), { trial_period_days: 30 });
      expect(played.subscription).toMatchObject({ status: 'trialing', trial_end: at('2025-01-31T00:00:00') });
      const types = await billing.emitted(() => played.advance(at('2025-01-28T00:00:00')));
      expect(types).toContain('customer.subscription.trial_will_end');
      await played.advance(at('2025-01-31T02:00:00'), at('2025-02-28T02:00:00'));
      expect((await played.invoices()).map((invoice) => [invoice.total, invoice.billing_reason])).toEqual([
        [0, 'subscription_create'],
        [2000, 'subscription_cycle'],
        [2000, 'subscription_cycle'],
      ]);
    });

    it.each([
      ['cancel', 'canceled', 1],
      ['pause', 'paused', 1],
      ['create_invoice', 'past_due', 2],
    ] as const)('without a payment method, %s: %s', async (missing_payment_method, status, count) => {
      const trial_settings = { end_behavior: { missing_payment_method } };
      const start = at('2025-01-01T00:00:00');
      const played = await play(start, await billing.price(2000), { trial_period_days: 7, trial_settings }, null);
      await played.advance(at('2025-01-08T02:00:00'));
      expect((await stripe.subscriptions.retrieve(played.subscription.id)).status).toBe(status);
      expect(await played.invoices()).toHaveLength(count);
    });
  });

  describe('pricing models (docs.stripe.com/products-prices/pricing-models)', () => {
    const tiers: Stripe.PriceCreateParams.Tier[] = [
      { up_to: 5, unit_amount: 700 },
      { up_to: 10, unit_amount: 650 },
      { up_to: 'inf', unit_amount: 600 },
    ];

    it.each([
      ['volume', 1, 700],
      ['volume', 5, 3500],
      ['volume', 6, 3900],
      ['volume', 20, 12_000],
      ['volume', 25, 15_000],
      ['graduated', 1, 700],
      ['graduated', 5, 3500],
      ['graduated', 6, 4150],
      ['graduated', 20, 12_750],
      ['graduated', 25, 15_750],
    ] as const)('%s tiers of 7, 6.50 and 6 USD: %d units', async (tiers_mode, quantity, total) => {
      const price = await stripe.prices.create({
        currency: 'usd',
        product_data: { name: 'Projects' },
        recurring: { interval: 'month' },
        billing_scheme: 'tiered',
        tiers_mode,
        tiers,
      });
      const preview = await stripe.invoices.createPreview({
        customer: (await billing.customer()).id,
        subscription_details: { items: [{ price: price.id, quantity }] },
      });
      expect(preview.total).toBe(total);
    });
  });

  describe('coupons (docs.stripe.com/billing/subscriptions/coupons)', () => {
    it.each([
      ['once', { percent_off: 25, duration: 'once' }, [1500, 2000, 2000, 2000]],
      ['for 3 months', { percent_off: 25, duration: 'repeating', duration_in_months: 3 }, [1500, 1500, 1500, 2000]],
      ['forever', { percent_off: 25, duration: 'forever' }, [1500, 1500, 1500, 1500]],
      ['an amount, once', { amount_off: 500, currency: 'usd', duration: 'once' }, [1500, 2000, 2000, 2000]],
      ['an amount above the price', { amount_off: 9000, currency: 'usd', duration: 'once' }, [0, 2000, 2000, 2000]],
    ] as const)('25 %% or 5 USD off 20 USD a month, %s', async (_name, params, totals) => {
      const coupon = await stripe.coupons.create(params);
      const played = await play(at('2025-01-15T00:00:00'), await billing.price(2000), {
        discounts: [{ coupon: coupon.id }],
      });
      await played.advance(at('2025-02-15T02:00:00'), at('2025-03-15T02:00:00'), at('2025-04-15T02:00:00'));
      expect((await played.invoices()).map((invoice) => invoice.total)).toEqual(totals);
    });
  });

  describe('currencies (docs.stripe.com/currencies)', () => {
    it.each([
      ['jpy', 500, 250],
      ['kwd', 5120, 2560],
    ])('without and with three decimals: half of a month in %s', async (currency, amount, half) => {
      const played = await play(at('2025-06-01T00:00:00'), await billing.price(amount, 'month', { currency }));
      await played.advance(at('2025-06-16T00:00:00'));
      await stripe.subscriptions.update(played.subscription.id, {
        items: [{ id: played.item, quantity: 2 }],
        proration_behavior: 'always_invoice',
      });
      expect((await played.invoices()).map((invoice) => [invoice.currency, invoice.total, invoice.status])).toEqual([
        [currency, amount, 'paid'],
        [currency, half, 'paid'],
      ]);
    });
  });

  describe('collection (docs.stripe.com/billing/subscriptions/overview)', () => {
    it('23 hours without a first payment: the subscription expires, its invoice is void', async () => {
      const start = at('2025-06-01T00:00:00');
      const params: Partial<Stripe.SubscriptionCreateParams> = { payment_behavior: 'default_incomplete' };
      const played = await play(start, await billing.price(2000), params);
      await played.advance(start + 23 * 3600 - 1);
      expect((await stripe.subscriptions.retrieve(played.subscription.id)).status).toBe('incomplete');
      await played.advance(start + 23 * 3600);
      expect((await stripe.subscriptions.retrieve(played.subscription.id)).status).toBe('incomplete_expired');
      expect((await played.invoices()).map((invoice) => invoice.status)).toEqual(['void']);
    });

    it('a renewal is a draft for an hour, then it is finalized and paid', async () => {
      const played = await play(at('2025-06-01T00:00:00'), await billing.price(2000));
      await played.advance(at('2025-07-01T00:00:00'));
      const draft = (await played.invoices())[1];
      expect(draft).toMatchObject({ status: 'draft', automatically_finalizes_at: at('2025-07-01T01:00:00') });
      await played.advance(at('2025-07-01T00:59:59'));
      expect((await played.invoices())[1]?.status).toBe('draft');
      await played.advance(at('2025-07-01T01:00:00'));
      expect((await played.invoices())[1]).toMatchObject({
        status: 'paid',
        status_transitions: { finalized_at: at('2025-07-01T01:00:00'), paid_at: at('2025-07-01T01:00:00') },
      });
    });
  });
});
