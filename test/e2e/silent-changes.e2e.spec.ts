import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
}, 60_000);
afterAll(() => app.close());

async function valueOf(select: string, id: string): Promise<unknown> {
  const [row] = await app.dataSource.query<{ value: unknown }[]>(select, [id]);
  return row?.value;
}

async function subscriber() {
  const caller = await Caller.create(app);
  await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
  const customer = await caller.stripeCustomerId();
  const [live] = (await app.stripe.subscriptions.list({ customer })).data;
  return { caller, customer, subscription: live?.id ?? '' };
}

describe('what changes at Stripe without an event of its own', () => {
  it('the promotion codes of a coupon that is deleted', async () => {
    const coupon = await app.stripe.coupons.create({ percent_off: 10, duration: 'once' });
    const promotion = { type: 'coupon', coupon: coupon.id } as const;
    const code = await app.stripe.promotionCodes.create({ promotion, code: 'SILENT' });
    await app.settle();
    const isActive = () =>
      valueOf('select is_active as value from promotion_codes where stripe_promotion_code_id = $1', code.id);
    expect(await isActive()).toBe(true);
    await app.stripe.coupons.del(coupon.id);
    await app.settle();
    expect(await isActive()).toBe((await app.stripe.promotionCodes.retrieve(code.id)).active);
    expect(await isActive()).toBe(false);
  });

  it('the payment of an open invoice that a credit note makes smaller', async () => {
    const { caller, customer } = await subscriber();
    await caller.addCard('pm_card_chargeCustomerFail', true);
    await app.control('advance', { seconds: 32 * DAY });
    await app.settle();
    const [open] = (await app.stripe.invoices.list({ customer, status: 'open' })).data;
    const invoice = open?.id ?? '';
    const amount = () => valueOf('select amount as value from payments where stripe_invoice_id = $1', invoice);
    expect(await amount()).toBe('29.000');
    await app.stripe.creditNotes.create({ invoice, amount: 900 });
    await app.settle();
    const { data } = await app.stripe.invoicePayments.list({ invoice, expand: ['data.payment.payment_intent'] });
    const intent = data[0]?.payment.payment_intent;
    expect(typeof intent === 'object' ? intent.amount : null).toBe(2_000);
    expect(await amount()).toBe('20.000');
  });

  it('the latest invoice of a subscription that somebody bills by hand', async () => {
    const { customer, subscription } = await subscriber();
    await app.settle();
    const { id } = await app.stripe.invoiceItems.create({ customer, subscription, amount: 500, currency: 'usd' });
    expect(id).toBeDefined();
    await app.stripe.invoices.create({ customer, subscription });
    await app.settle();
    const { latest_invoice: latest } = await app.stripe.subscriptions.retrieve(subscription);
    const select = 'select latest_stripe_invoice_id as value from subscriptions where stripe_subscription_id = $1';
    expect(await valueOf(select, subscription)).toBe(latest);
  });

  it('is all that differed: the comparison finds nothing', async () => {
    const { drift } = await app.app.get(ReconciliationService, { strict: false }).reconcile();
    expect(drift).toEqual([]);
  });
});
