import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';

const MONTH = 32 * 86_400;

let billing: BillingSandbox;
let stripe: Stripe;
let small: Stripe.Price;
let big: Stripe.Price;
beforeAll(async () => {
  billing = await BillingSandbox.start();
  stripe = billing.stripe;
  const inEuros = (amount: number) => ({ currency_options: { eur: { unit_amount: amount } } });
  small = await billing.price(1000, 'month', inEuros(900));
  big = await billing.price(2000, 'month', inEuros(1800));
});
afterAll(async () => {
  await billing.close();
  expect(billing.failures).toEqual([]);
});

const subscribe = async (customer: string, price: Stripe.Price, currency?: string) =>
  stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
    ...(currency === undefined ? {} : { currency }),
  });

describe('a price of several currencies', () => {
  it('is billed in the one that the subscription names, and shows its own', async () => {
    const { id } = await billing.customer('pm_card_visa');
    const made = await subscribe(id, small, 'eur');
    expect(made).toMatchObject({
      currency: 'eur',
      items: { data: [{ price: { currency: 'usd', unit_amount: 1000 } }] },
    });
    const invoice = await billing.latestInvoice(made);
    expect(invoice).toMatchObject({ currency: 'eur', amount_paid: 900, status: 'paid' });
    expect(invoice.lines.data[0]).toMatchObject({ amount: 900, currency: 'eur' });
    expect(invoice.lines.data[0]?.description).toContain('€9.00 / month');
    expect((await stripe.customers.retrieve(id)) as Stripe.Customer).toMatchObject({ currency: 'eur' });
  });

  it('keeps the currency when it is changed, prorated and renewed', async () => {
    const { id } = await billing.customer('pm_card_visa');
    const made = await subscribe(id, small, 'eur');
    const item = made.items.data[0]?.id ?? '';
    const changed = await stripe.subscriptions.update(made.id, {
      items: [{ id: item, price: big.id }],
      proration_behavior: 'always_invoice',
    });
    expect(await billing.latestInvoice(changed)).toMatchObject({ currency: 'eur', amount_paid: 900 });
    await billing.advance({ seconds: MONTH });
    expect(await billing.latestInvoice(changed)).toMatchObject({ currency: 'eur', amount_paid: 1800 });
  });

  it('is sold by Checkout and changed by a schedule in that currency', async () => {
    const { id } = await billing.customer('pm_card_visa');
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      customer: id,
      currency: 'eur',
      line_items: [{ price: big.id, quantity: 1 }],
      success_url: 'https://host.example',
    });
    expect(session).toMatchObject({ currency: 'eur', amount_total: 1800 });
    const made = await subscribe(id, big, 'eur');
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: made.id });
    const [present] = schedule.phases;
    const drawn = await stripe.subscriptionSchedules.update(schedule.id, {
      phases: [
        { items: [{ price: big.id }], start_date: present?.start_date ?? 0, end_date: present?.end_date ?? 0 },
        { items: [{ price: small.id }], duration: { interval: 'month', interval_count: 1 } },
      ],
    });
    expect(drawn.phases.map(({ currency }) => currency)).toEqual(['eur', 'eur']);
    await billing.advance({ seconds: MONTH });
    expect(await billing.latestInvoice(made)).toMatchObject({ currency: 'eur', amount_paid: 900 });
  });

  it('is refused in a currency that it has not', async () => {
    const { id } = await billing.customer('pm_card_visa');
    await expect(subscribe(id, small, 'gbp')).rejects.toMatchObject({
      statusCode: 400,
      message: "The price specified only supports `usd`. This doesn't match the expected currency: `gbp`.",
    });
  });
});

describe('a customer', () => {
  it('has the currency of its first subscription, and no other', async () => {
    const { id } = await billing.customer('pm_card_visa');
    await subscribe(id, small, 'eur');
    const refusal = { statusCode: 400, message: expect.stringContaining('You cannot combine currencies') };
    await expect(subscribe(id, big)).rejects.toMatchObject(refusal);
    await expect(subscribe(id, big, 'usd')).rejects.toMatchObject(refusal);
    await expect(
      stripe.checkout.sessions.create({
        mode: 'subscription',
        customer: id,
        line_items: [{ price: big.id, quantity: 1 }],
        success_url: 'https://host.example',
      }),
    ).rejects.toMatchObject(refusal);
    const { data } = await stripe.events.list({ type: 'customer.updated', limit: 1 });
    expect(data[0]?.data).toMatchObject({ object: { id, currency: 'eur' }, previous_attributes: { currency: null } });
  });
});
