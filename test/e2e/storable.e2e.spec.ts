import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { type EntityTarget, type ObjectLiteral } from 'typeorm';
import { PlansService } from '../../src/catalogue/plans.service.js';
import { Coupon } from '../../src/coupons/coupon.entity.js';
import { toCouponColumns, toPromotionCodeColumns } from '../../src/coupons/coupon.mapper.js';
import { PromotionCode } from '../../src/coupons/promotion-code.entity.js';
import { Customer } from '../../src/customers/customer.entity.js';
import { toCustomerColumns } from '../../src/customers/customer.mapper.js';
import { insertRow } from '../../src/database/returned-rows.js';
import { Invoice } from '../../src/invoices/invoice.entity.js';
import { toInvoiceColumns } from '../../src/invoices/invoice.mapper.js';
import { PaymentMethod } from '../../src/payment-methods/payment-method.entity.js';
import { toPaymentMethodColumns } from '../../src/payment-methods/payment-method.mapper.js';
import { Payment } from '../../src/payments/payment.entity.js';
import { toPaymentColumns } from '../../src/payments/payment.mapper.js';
import { Refund } from '../../src/payments/refund.entity.js';
import { toRefundColumns } from '../../src/payments/refund.mapper.js';
import { SubscriptionSchedule } from '../../src/subscriptions/schedules/subscription-schedule.entity.js';
import { toScheduleColumns } from '../../src/subscriptions/schedules/subscription-schedule.mapper.js';
import { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { toSubscriptionColumns } from '../../src/subscriptions/subscription.mapper.js';
import { differingProperties } from '../../src/sync/content.js';
import { storableColumns } from '../../src/sync/storable-columns.js';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const RUNS = 40;
let app: TestApp;
/** Objects as Stripe has them. */
const real: Record<string, object> = {};
let customerId: number;
let paymentId: number;

beforeAll(async () => {
  app = await createTestApp();
  const caller = await Caller.create(app);
  const { stripe } = app;
  const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' });
  const promotion = { type: 'coupon', coupon: coupon.id } as const;
  const code = await stripe.promotionCodes.create({ promotion, code: 'STORABLE' });
  await caller.post('/subscription', { tier: 'enterprise', payment_method_id: 'pm_card_visa' }).expect(201);
  const customer = await caller.stripeCustomerId();
  const [subscription] = (await stripe.subscriptions.list({ customer, expand: ['data.discounts'] })).data;
  const [intent] = (await stripe.paymentIntents.list({ customer, expand: ['data.latest_charge'] })).data;
  const refund = await stripe.refunds.create({ payment_intent: intent?.id ?? '', amount: 500 });
  await app.settle();
  Object.assign(real, {
    coupon,
    code,
    customer: await stripe.customers.retrieve(customer),
    method: (await stripe.paymentMethods.list({ customer })).data[0],
    subscription,
    intent: { ...intent, last_payment_error: { code: 'card_declined', decline_code: 'do_not_honor', message: 'No' } },
    invoice: (await stripe.invoices.list({ customer })).data[0],
    refund: { ...refund, reason: 'duplicate', receipt_number: '1', failure_reason: 'lost' },
    schedule: await stripe.subscriptionSchedules.create({ from_subscription: subscription?.id ?? '' }),
  });
  const [row] = await app.dataSource.query<{ customer: number; payment: number }[]>(
    'select customer_id as customer, id as payment from payments limit 1',
  );
  customerId = row?.customer ?? 0;
  paymentId = row?.payment ?? 0;
}, 60_000);
afterAll(() => app.close());

/** Any text that JSON can carry: half characters, NUL, long ones. */
const anyText = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(3), fc.nat(2))
  .map(([text, cut, more]) => `${text.slice(cut)}${'\0'.repeat(more)}${'😀'.repeat(more * 150)}`);
const anyCount = fc.oneof(
  fc.nat(),
  fc.nat(2 ** 31).map((count) => count * 1_000),
);
const anyMoment = fc.nat(2 ** 31).map((seconds) => seconds * 400);

const KEPT = /^(id|object|currency|customer|coupon|promotion|data|billing_scheme|usage_type|tiers_mode)$/;
const COUNT =
  /^(quantity|times_redeemed|max_redemptions|duration_in_months|attempt_count|exp_month|exp_year|interval_count)$/;
const MOMENT = /(_at|_start|_end|_by|_date|_attempt|^created)$/;

/** The object with other words, counts and moments in every place that Stripe's types leave open. */
function odd<Source extends object>(source: Source): fc.Arbitrary<Source> {
  const entries = Object.entries(source).map(([name, value]: [string, unknown]) =>
    oddValue(name, value).map((other) => [name, other] as const),
  );
  return fc.tuple(...entries).map((pairs) => Object.fromEntries(pairs) as Source);
}

function oddValue(name: string, value: unknown): fc.Arbitrary<unknown> {
  if (name === 'metadata') return fc.dictionary(fc.string({ unit: 'binary', maxLength: 40 }), anyText, { maxKeys: 3 });
  if (KEPT.test(name) && typeof value !== 'object') return fc.constant(value);
  if (typeof value === 'string') return /^[a-z]{2,}_[A-Za-z0-9]/.test(value) ? fc.constant(value) : anyText;
  if (typeof value === 'number' && COUNT.test(name)) return anyCount;
  if (typeof value === 'number' && MOMENT.test(name)) return anyMoment;
  if (Array.isArray(value)) return fc.tuple(...value.map((one: unknown) => oddValue('', one)));
  return typeof value === 'object' && value !== null ? odd(value) : fc.constant(value);
}

/** Writes what the mapper says of odd objects, each in a transaction that is taken back; reads the same again. */
async function areStored<Source extends object>(
  entity: EntityTarget<ObjectLiteral>,
  source: Source,
  toColumns: (object: Source) => object,
): Promise<void> {
  let place = 0;
  await fc.assert(
    fc.asyncProperty(odd(source), async (object) => {
      const columns = storableColumns(entity, toColumns(object));
      place += 1;
      const runner = app.dataSource.createQueryRunner();
      await runner.startTransaction();
      try {
        const unique = [...UNIQUE].filter((name) => name in columns).map((name) => [name, `odd_${place}`]);
        const values = { ...columns, ...Object.fromEntries(unique), version: 1, asOfFrom: 1, asOfTo: 1 };
        const { id } = (await insertRow(runner.manager, entity, values)) as { id: number };
        const row = await runner.manager.findOneByOrFail(entity, { id });
        expect(differingProperties(row, values)).toEqual([]);
      } finally {
        await runner.rollbackTransaction();
        await runner.release();
      }
    }),
    { numRuns: RUNS, seed: 20_261_129 },
  );
}

/** Ids of the object itself, which has a row already, and the group in which it is the only one. */
const UNIQUE = [
  'planGroup',
  'stripeSubscriptionId',
  'stripeInvoiceId',
  'stripePaymentIntentId',
  'stripeChargeId',
  'stripePaymentMethodId',
  'stripeRefundId',
  'stripeScheduleId',
  'stripeCouponId',
  'stripePromotionCodeId',
  'stripeCustomerId',
  'code',
];

describe('whatever Stripe’s types allow is stored, and read again as it was written', () => {
  const of = <Source>(name: string) => real[name] as Source;

  it('a coupon', () => areStored(Coupon, of<Stripe.Coupon>('coupon'), toCouponColumns));
  it('a promotion code', () => areStored(PromotionCode, of<Stripe.PromotionCode>('code'), toPromotionCodeColumns));
  it('a payment method', () =>
    areStored(PaymentMethod, of<Stripe.PaymentMethod>('method'), (method) => ({
      ...toPaymentMethodColumns(method, customerId, null),
      isDefault: false,
    })));
  it('a subscription', () =>
    areStored(Subscription, of<Stripe.Subscription>('subscription'), (source) => ({
      ...toSubscriptionColumns(source, customerId, app.app.get(PlansService)),
      tier: 'custom',
    })));
  it('a schedule', () =>
    areStored(SubscriptionSchedule, of<Stripe.SubscriptionSchedule>('schedule'), (source) =>
      toScheduleColumns(source, customerId, app.app.get(PlansService)),
    ));
  it('an invoice', () =>
    areStored(Invoice, of<Stripe.Invoice>('invoice'), (source) => toInvoiceColumns(source, customerId)));
  it('a payment', () =>
    areStored(Payment, of<Stripe.PaymentIntent>('intent'), (source) =>
      toPaymentColumns(source, { customerId, stripeInvoiceId: null, disputeStatus: 'lost' }),
    ));
  it('a refund', () => areStored(Refund, of<Stripe.Refund>('refund'), (source) => toRefundColumns(source, paymentId)));
  it('a customer', async () => {
    const [user] = await app.dataSource.query<{ id: number }[]>(
      `insert into users (external_id) values ('odd') returning id`,
    );
    await areStored(Customer, of<Stripe.Customer>('customer'), (source) =>
      toCustomerColumns(source, { kind: 'user', id: user?.id ?? 0 }),
    );
  });
});
