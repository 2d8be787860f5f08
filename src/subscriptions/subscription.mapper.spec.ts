import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Subscription } from './subscription.entity.js';
import { type FindPlan } from '../catalogue/plan-of-price.js';
import { storableColumns } from '../sync/storable-columns.js';
import { toSubscriptionColumns, toSubscriptionDto } from './subscription.mapper.js';

const STARTED = 1_795_341_600; // 2026-11-22T10:00:00Z
const PERIOD_END = 1_797_933_600; // 2026-12-22T10:00:00Z

function price(changes: object = {}): object {
  const recurring = { interval: 'month', interval_count: 1, usage_type: 'licensed' };
  return { id: 'price_other', product: 'prod_1', currency: 'usd', billing_scheme: 'per_unit', recurring, ...changes };
}

function item(changes: object = {}): object {
  return {
    id: 'si_1',
    object: 'subscription_item',
    quantity: 1,
    current_period_start: STARTED,
    current_period_end: PERIOD_END,
    price: price({ id: 'price_pro', unit_amount: 7900 }),
    ...changes,
  };
}

function subscription(changes: object = {}, items: object[] = [item()]): Stripe.Subscription {
  return {
    id: 'sub_1',
    object: 'subscription',
    status: 'active',
    currency: 'usd',
    created: STARTED,
    items: { object: 'list', data: items, has_more: false },
    trial_start: null,
    trial_end: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    ended_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    default_payment_method: null,
    latest_invoice: 'in_1',
    schedule: null,
    discounts: [],
    pending_update: null,
    metadata: { user_id: '5' },
    ...changes,
  } as unknown as Stripe.Subscription;
}

const findPlan: FindPlan = ({ id, product }) => {
  if (id === 'price_pro') return { tier: 'professional', group: 'main', rank: 2, isCurrent: true };
  return product === 'prod_enterprise' ? { tier: 'enterprise', group: 'main', rank: 3, isCurrent: false } : null;
};
/** What is written. */
const columns = (changes: object = {}, items?: object[]) =>
  storableColumns(
    Subscription,
    toSubscriptionColumns(subscription(changes, items), 7, { findPlan, findSold: () => null }),
  );
const row = (changes: object = {}, items?: object[]) =>
  Object.assign(new Subscription(), { id: 3, duplicateOfId: null }, columns(changes, items));

describe('Stripe subscription → row', () => {
  it('keeps what the API answers, the repair needs and the guide has a column for', () => {
    expect(columns()).toEqual({
      customerId: 7,
      stripeSubscriptionId: 'sub_1',
      status: 'active',
      stripeStatus: 'active',
      tier: 'professional',
      planGroup: 'main',
      interval: 'month',
      intervalCount: 1,
      amount: '79.000',
      amountReason: null,
      currency: 'usd',
      currentPeriodStart: new Date('2026-11-22T10:00:00Z'),
      currentPeriodEnd: new Date('2026-12-22T10:00:00Z'),
      trialStart: null,
      trialEnd: null,
      cancelAtPeriodEnd: false,
      cancelAt: null,
      canceledAt: null,
      endedAt: null,
      cancellationReason: null,
      stripeItemId: 'si_1',
      stripePriceId: 'price_pro',
      quantity: 1,
      addOns: null,
      stripeDefaultPaymentMethodId: null,
      latestStripeInvoiceId: 'in_1',
      stripeScheduleId: null,
      stripeCouponId: null,
      hasPendingUpdate: false,
      pendingStripePriceId: null,
      pendingQuantity: null,
      pendingAddOns: null,
      pendingUpdateExpiresAt: null,
      pauseCollectionBehavior: null,
      collectionResumesAt: null,
      stripeCreated: STARTED,
      metadata: { user_id: '5' },
    });
  });

  it('takes all of the plan from the item whose price is the plan’s, wherever it stands, and lists the others', () => {
    const yearly = item({
      id: 'si_2',
      quantity: 2,
      current_period_start: STARTED - 86_400,
      current_period_end: STARTED + 86_400,
      price: price({ unit_amount: 500, nickname: 'storage', recurring: { interval: 'year', interval_count: 1 } }),
    });
    const expected = {
      ...columns({}, [item({ quantity: 3 })]),
      addOns: [
        {
          price: 'price_other',
          plan: null,
          name: 'storage',
          quantity: 2,
          interval: 'year',
          intervalCount: 1,
          amount: '10.000',
          amountReason: null,
          currentPeriodEnd: STARTED + 86_400,
        },
      ],
    };
    expect(columns({}, [yearly, item({ quantity: 3 })])).toEqual(expected);
    expect(columns({}, [item({ quantity: 3 }), yearly])).toEqual(expected);
  });

  it('takes the plan of the product for a price that is not sold any more, after the one that is', () => {
    const earlier = item({ id: 'si_2', price: price({ product: 'prod_enterprise', unit_amount: 14_900 }) });
    expect(columns({}, [earlier])).toMatchObject({ tier: 'enterprise', amount: '149.000', stripeItemId: 'si_2' });
    expect(columns({}, [earlier, item()])).toMatchObject({ tier: 'professional', stripeItemId: 'si_1' });
  });

  it('takes what is paid in advance for the plan before what is billed by use', () => {
    const recurring = { interval: 'month', interval_count: 1, usage_type: 'metered' };
    const use = item({ id: 'si_2', price: price({ product: 'prod_enterprise', recurring }) });
    const fixed = item({ id: 'si_3', price: price({ product: 'prod_enterprise', unit_amount: 100 }) });
    expect(columns({}, [use, fixed])).toMatchObject({ stripeItemId: 'si_3' });
    expect(columns({}, [use])).toMatchObject({ tier: 'enterprise', amountReason: 'metered' });
  });

  it('calls a price of no plan custom, with interval and period of the first item', () => {
    const other = item({ price: price({ unit_amount: 500, recurring: { interval: 'week', interval_count: 2 } }) });
    expect(columns({}, [other])).toMatchObject({ tier: 'custom', interval: 'week', intervalCount: 2, amount: '5.000' });
  });

  it.each([{ interval: 'decade' }, null])(
    'takes an interval that the table cannot hold, %j, for a month',
    (recurring) => {
      expect(columns({}, [item({ price: price({ unit_amount: 1, recurring }) })])).toMatchObject({ interval: 'month' });
    },
  );

  it('keeps 0 as the amount, which the column needs, beside the reason why it is not known', () => {
    const tiered = item({ price: price({ billing_scheme: 'tiered', unit_amount: null }) });
    expect(columns({}, [tiered])).toMatchObject({ amount: '0.000', amountReason: 'tiered' });
    expect(toSubscriptionDto(row({}, [tiered]), null)).toMatchObject({ amount: null, amount_reason: 'tiered' });
    expect(columns({}, [item(), tiered])).toMatchObject({ addOns: [{ amount: null, amountReason: 'tiered' }] });
  });

  it('takes each id where Stripe sends the object as well', () => {
    const ids = {
      stripeDefaultPaymentMethodId: 'pm_1',
      latestStripeInvoiceId: 'in_2',
      stripeScheduleId: 'sub_sched_1',
    };
    expect(columns({ default_payment_method: 'pm_1', latest_invoice: 'in_2', schedule: 'sub_sched_1' })).toMatchObject(
      ids,
    );
    expect(
      columns({
        default_payment_method: { id: 'pm_1' },
        latest_invoice: { id: 'in_2' },
        schedule: { id: 'sub_sched_1' },
      }),
    ).toMatchObject(ids);
  });

  it('finds the coupon in the source of the first discount, and none in a discount that is only an id', () => {
    const discount = { id: 'di_1', source: { type: 'coupon', coupon: 'SAVE20' } };
    expect(columns({ discounts: [discount] })).toMatchObject({ stripeCouponId: 'SAVE20' });
    const expanded = { id: 'di_1', source: { type: 'coupon', coupon: { id: 'SAVE20' } } };
    expect(columns({ discounts: [expanded] })).toMatchObject({ stripeCouponId: 'SAVE20' });
    expect(columns({ discounts: ['di_1'] })).toMatchObject({ stripeCouponId: null });
  });

  it("keeps a status of next year as active, with Stripe's own word as far as the column takes it", () => {
    expect(columns({ status: 'hibernating' })).toMatchObject({ status: 'active', stripeStatus: 'hibernating' });
    expect(columns({ status: 'x'.repeat(60) })).toMatchObject({ stripeStatus: 'x'.repeat(50) });
  });

  it("keeps the customer's words on leaving as far as the column takes them, and nothing for none", () => {
    const said = (comment: string | null) => columns({ cancellation_details: { comment } }).cancellationReason;
    expect([said('Too dear'), said('x'.repeat(600)), said(''), said(null)]).toEqual([
      'Too dear',
      'x'.repeat(500),
      null,
      null,
    ]);
    expect(columns({ cancellation_details: null }).cancellationReason).toBeNull();
  });

  it('tells an upgrade that waits for its payment', () => {
    const items = [{ price: { id: 'price_addon' } }, { price: { id: 'price_pro' } }];
    const pending = { expires_at: PERIOD_END, subscription_items: items };
    expect(columns({ pending_update: pending })).toMatchObject({
      hasPendingUpdate: true,
      pendingStripePriceId: 'price_pro',
      pendingUpdateExpiresAt: new Date(PERIOD_END * 1000),
    });
  });

  it('maps a subscription without items, so that no event fails because of one', () => {
    expect(columns({}, [])).toMatchObject({
      amount: '0.000',
      amountReason: 'unknown',
      tier: 'custom',
      interval: 'month',
      currentPeriodEnd: null,
      stripeItemId: null,
      stripePriceId: null,
    });
  });
});

describe('row → answer', () => {
  it('answers money as a number, times in ISO 8601 UTC and the age of the subscription, not of the row', () => {
    expect(toSubscriptionDto(row({ trial_start: STARTED, trial_end: PERIOD_END }), null)).toEqual({
      id: 3,
      tier: 'professional',
      status: 'active',
      amount: 79,
      amount_reason: null,
      currency: 'usd',
      interval: 'month',
      interval_count: 1,
      quantity: 1,
      add_ons: [],
      current_period_start: '2026-11-22T10:00:00.000Z',
      current_period_end: '2026-12-22T10:00:00.000Z',
      trial_start: '2026-11-22T10:00:00.000Z',
      trial_end: '2026-12-22T10:00:00.000Z',
      cancel_at_period_end: false,
      cancel_at: null,
      canceled_at: null,
      ended_at: null,
      coupon: null,
      scheduled_change: null,
      created_at: '2026-11-22T10:00:00.000Z',
    });
  });

  it("says that it ends, and when, for Stripe's flag and for the date alone that the customer portal sets", () => {
    const ends = { cancel_at_period_end: true, cancel_at: '2026-12-22T10:00:00.000Z' };
    expect(toSubscriptionDto(row({ cancel_at_period_end: true }), null)).toMatchObject(ends);
    expect(toSubscriptionDto(row({ cancel_at: PERIOD_END }), null)).toMatchObject(ends);
    const later = row({ cancel_at_period_end: true, cancel_at: PERIOD_END + 60 });
    expect(toSubscriptionDto(later, null).cancel_at).toBe('2026-12-22T10:01:00.000Z');
  });

  it('says which add-on was paid for longer than the subscription is to last', () => {
    const later = item({ id: 'si_2', price: price({ unit_amount: 1 }), current_period_end: PERIOD_END + 60 });
    const same = item({ id: 'si_3', price: price({ unit_amount: 1 }) });
    const credited = (changes: object) =>
      toSubscriptionDto(row(changes, [item(), later, same]), null).add_ons.map((addOn) => addOn.rest_is_credited);
    expect(credited({ cancel_at: PERIOD_END })).toEqual([true, false]);
    expect(credited({})).toEqual([false, false]);
  });

  it('does not call one that has ended scheduled to end', () => {
    const ended = row({ status: 'canceled', cancel_at_period_end: true, ended_at: PERIOD_END });
    expect(toSubscriptionDto(ended, null)).toMatchObject({
      cancel_at_period_end: false,
      ended_at: '2026-12-22T10:00:00.000Z',
    });
  });

  it('shows a change of plan that takes effect later', () => {
    const at = new Date('2026-12-22T10:00:00Z');
    const change = { tier: 'starter', interval: 'year', intervalCount: 2, quantity: 3, addOns: [], at } as const;
    expect(toSubscriptionDto(row(), change).scheduled_change).toEqual({
      tier: 'starter',
      interval: 'year',
      interval_count: 2,
      quantity: 3,
      add_ons: [],
      at: '2026-12-22T10:00:00.000Z',
    });
  });
});
