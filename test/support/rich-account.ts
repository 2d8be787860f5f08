import { type DataSource } from 'typeorm';
import { Caller } from './caller.js';
import { settleUser } from './operations.js';
import { type TestApp } from './test-app.js';

/** A user who has something in every mirrored table. */
export interface RichUser {
  caller: Caller;
  stripeCustomerId: string;
}

/** Makes something in every mirrored table: a subscription with trial history, coupon, schedule, invoice, payment, refund; nothing is under way then. */
export async function makeRichUser(app: TestApp): Promise<RichUser> {
  const caller = await Caller.create(app);
  const suffix = caller.sub.toUpperCase();
  const coupon = await app.stripe.coupons.create({ id: `HALF-${suffix}`, percent_off: 50, duration: 'forever' });
  await app.stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: `PROMO-${suffix}`,
  });
  const trial = await caller.post('/subscription', { tier: 'starter', trial_days: 7 }).expect(201);
  await caller.post(`/subscription/${trial.body.id}/cancel`, { cancel_at_period_end: false }).expect(200);
  const bought = await caller
    .post('/subscription', { tier: 'professional', payment_method_id: 'pm_card_visa', coupon_code: `PROMO-${suffix}` })
    .expect(201);
  await caller.patch(`/subscription/${bought.body.id}`, { tier: 'starter' }).expect(200);
  await caller.addCard('pm_card_mastercard');
  const stripeCustomerId = await caller.stripeCustomerId();
  const payments = await app.stripe.paymentIntents.list({ customer: stripeCustomerId });
  const [payment] = payments.data;
  if (payment === undefined) throw new Error('the purchase made no payment');
  await app.stripe.refunds.create({ payment_intent: payment.id, amount: 100, reason: 'requested_by_customer' });
  await settleUser(app, caller.sub);
  return { caller, stripeCustomerId };
}

/** Content of a mirrored table, without what the database and the algorithm keep. */
export async function contentOf(dataSource: DataSource, table: string): Promise<Record<string, unknown>[]> {
  const rows = await dataSource.query<Record<string, unknown>[]>(`select * from ${table} order by id`);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).filter(
        ([name]) => !['version', 'as_of_from', 'as_of_to', 'created_at', 'updated_at'].includes(name),
      ),
    ),
  );
}
