import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';

describe('an update with payment_behavior pending_if_incomplete', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let ten: Stripe.Price;
  let twenty: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    ten = await billing.price(1000);
    twenty = await billing.price(2000);
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

  const upgrade = (started: Started) =>
    stripe.subscriptions.update(started.subscription.id, {
      items: [{ id: started.item.id, price: twenty.id }],
      proration_behavior: 'always_invoice',
      proration_date: started.middle,
      payment_behavior: 'pending_if_incomplete',
      expand: ['latest_invoice'],
    });

  it('applies the change at once when it is paid', async () => {
    const updated = await upgrade(await start());
    expect(updated.pending_update).toBeNull();
    expect(updated.items.data[0]?.price.id).toBe(twenty.id);
  });

  it('keeps the old plan while the payment failed, and applies the change when the invoice is paid', async () => {
    const started = await start();
    await useCard(started.customer, 'pm_card_chargeCustomerFail');
    const updated = await upgrade(started);
    expect(updated.status).toBe('active');
    expect(updated.items.data[0]?.price.id).toBe(ten.id);
    expect(updated.pending_update?.subscription_items?.[0]?.price.id).toBe(twenty.id);
    const window = (updated.pending_update?.expires_at ?? 0) - (updated.latest_invoice as Stripe.Invoice).created;
    expect(window).toBe(23 * 3600);
    await useCard(started.customer, 'pm_card_visa');
    const types = await billing.emitted(() => stripe.invoices.pay((updated.latest_invoice as Stripe.Invoice).id));
    expect(types).toContain('customer.subscription.pending_update_applied');
    const after = await stripe.subscriptions.retrieve(started.subscription.id);
    expect(after.pending_update).toBeNull();
    expect(after.items.data[0]?.price.id).toBe(twenty.id);
  });

  it('forgets the change when the invoice is voided', async () => {
    const started = await start();
    await useCard(started.customer, 'pm_card_authenticationRequired');
    const updated = await upgrade(started);
    const invoice = updated.latest_invoice as Stripe.Invoice;
    expect((await billing.paymentIntentOf(invoice)).status).toBe('requires_action');
    const voided = await stripe.invoices.voidInvoice(invoice.id);
    expect(voided.status).toBe('void');
    const after = await stripe.subscriptions.retrieve(started.subscription.id);
    expect(after).toMatchObject({ status: 'active', pending_update: null });
    expect(after.items.data[0]?.price.id).toBe(ten.id);
    expect((await stripe.paymentIntents.retrieve((await billing.paymentIntentOf(invoice)).id)).status).toBe('canceled');
  });

  it('applies the change when the customer passes 3-D Secure', async () => {
    const started = await start();
    await useCard(started.customer, 'pm_card_authenticationRequired');
    const invoice = (await upgrade(started)).latest_invoice as Stripe.Invoice;
    await billing.completeAuthentication((await billing.paymentIntentOf(invoice)).id);
    const after = await stripe.subscriptions.retrieve(started.subscription.id);
    expect(after.items.data[0]?.price.id).toBe(twenty.id);
  });

  it('expires after 23 hours: the invoice is voided, the old plan stands', async () => {
    const started = await start();
    await useCard(started.customer, 'pm_card_chargeCustomerFail');
    const invoice = (await upgrade(started)).latest_invoice as Stripe.Invoice;
    const types = await billing.emitted(() => billing.advance({ seconds: 23 * 3600 + 1 }));
    expect(types).toContain('customer.subscription.pending_update_expired');
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('void');
    expect((await stripe.subscriptions.retrieve(started.subscription.id)).pending_update).toBeNull();
  });

  it('takes only parameters that can wait', async () => {
    const { subscription } = await start();
    const refusal = await billing.refusal(
      stripe.subscriptions.update(subscription.id, {
        metadata: { a: 'b' },
        payment_behavior: 'pending_if_incomplete',
      }),
    );
    expect(refusal).toMatchObject({ statusCode: 400, param: 'metadata' });
  });
});
