import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { storableColumns } from '../sync/storable-columns.js';
import { Coupon } from './coupon.entity.js';
import { appliesTo, choosePromotionCode, toCouponColumns, toPromotionCodeColumns } from './coupon.mapper.js';

function coupon(changes: object = {}): Stripe.Coupon {
  return {
    id: 'SAVE20',
    amount_off: null,
    currency: null,
    percent_off: 20,
    duration: 'once',
    duration_in_months: null,
    max_redemptions: null,
    times_redeemed: 0,
    redeem_by: null,
    valid: true,
    metadata: {},
    ...changes,
  } as unknown as Stripe.Coupon;
}

function promotionCode(changes: object = {}): Stripe.PromotionCode {
  return {
    id: 'promo_1',
    active: true,
    code: 'FRIENDS',
    customer: null,
    expires_at: null,
    max_redemptions: null,
    metadata: {},
    promotion: { type: 'coupon', coupon: 'SAVE20' },
    times_redeemed: 0,
    ...changes,
  } as unknown as Stripe.PromotionCode;
}

const PURCHASE = { currency: 'usd', stripeProductId: 'prod_1' };

describe('toCouponColumns', () => {
  it('keeps the coupon with its limits, under its id as the code', () => {
    expect(toCouponColumns(coupon({ max_redemptions: 100, times_redeemed: 7, metadata: { note: 'x' } }))).toEqual({
      stripeCouponId: 'SAVE20',
      code: 'SAVE20',
      percentOff: '20.00',
      amountOff: null,
      currency: null,
      duration: 'once',
      durationInMonths: null,
      maxRedemptions: 100,
      timesRedeemed: 7,
      validFrom: null,
      validUntil: null,
      isActive: true,
      deletedAt: null,
      metadata: { note: 'x' },
    });
  });

  it('keeps a percentage with two decimals and no currency', () => {
    expect(toCouponColumns(coupon({ percent_off: 12.5 }))).toMatchObject({
      percentOff: '12.50',
      amountOff: null,
      currency: null,
    });
  });

  it('keeps an amount as PostgreSQL returns it, in the currency of the coupon', () => {
    const off = { percent_off: null, amount_off: 500 };
    expect(toCouponColumns(coupon({ ...off, currency: 'usd' }))).toMatchObject({ amountOff: '5.000', currency: 'usd' });
    expect(toCouponColumns(coupon({ ...off, currency: 'jpy' }))).toMatchObject({ amountOff: '500.000' });
    expect(toCouponColumns(coupon({ ...off, currency: 'bhd' }))).toMatchObject({ amountOff: '0.500' });
  });

  it('reads redeem_by as the end of validity and valid as activity', () => {
    expect(toCouponColumns(coupon({ redeem_by: 1_800_000_000, valid: false }))).toMatchObject({
      validUntil: new Date('2027-01-15T08:00:00.000Z'),
      isActive: false,
    });
  });

  it('keeps a duration that this version does not know as one that the table can hold', () => {
    expect(toCouponColumns(coupon({ duration: 'weekly' }))).toMatchObject({ duration: 'once', durationInMonths: null });
    expect(toCouponColumns(coupon({ duration: 'weekly', duration_in_months: 3 }))).toMatchObject({
      duration: 'repeating',
      durationInMonths: 3,
    });
  });
});

describe('toPromotionCodeColumns', () => {
  it('keeps the code with its limits', () => {
    const limited = promotionCode({ expires_at: 1_800_000_000, max_redemptions: 50, times_redeemed: 3, active: false });
    expect(toPromotionCodeColumns(limited)).toEqual({
      stripePromotionCodeId: 'promo_1',
      stripeCouponId: 'SAVE20',
      code: 'FRIENDS',
      isActive: false,
      expiresAt: new Date('2027-01-15T08:00:00.000Z'),
      maxRedemptions: 50,
      timesRedeemed: 3,
      stripeCustomerId: null,
      deletedAt: null,
      metadata: {},
    });
  });

  it('keeps a code whose promotion is no coupon any more', () => {
    expect(toPromotionCodeColumns(promotionCode({ promotion: { type: 'coupon', coupon: null } }))).toMatchObject({
      stripeCouponId: null,
    });
  });

  it('keeps the ids of coupon and customer, expanded or not', () => {
    const ids = { stripeCouponId: 'SAVE20', stripeCustomerId: 'cus_1' };
    expect(toPromotionCodeColumns(promotionCode({ customer: 'cus_1' }))).toMatchObject(ids);
    const expanded = { customer: { id: 'cus_1' }, promotion: { type: 'coupon', coupon: coupon() } };
    expect(toPromotionCodeColumns(promotionCode(expanded))).toMatchObject(ids);
  });
});

describe('appliesTo', () => {
  it('refuses a coupon that Stripe calls invalid', () => {
    expect(appliesTo(coupon({ valid: false }), PURCHASE)).toBe(false);
  });

  it('takes a percentage in any currency, an amount only in its own or one that it lists', () => {
    const euros = { percent_off: null, amount_off: 500, currency: 'eur' };
    expect(appliesTo(coupon(), PURCHASE)).toBe(true);
    expect(appliesTo(coupon(euros), PURCHASE)).toBe(false);
    expect(appliesTo(coupon({ ...euros, currency_options: { usd: { amount_off: 600 } } }), PURCHASE)).toBe(true);
  });

  it('refuses a coupon for other products', () => {
    expect(appliesTo(coupon({ applies_to: { products: ['prod_2'] } }), PURCHASE)).toBe(false);
    expect(appliesTo(coupon({ applies_to: { products: ['prod_2', 'prod_1'] } }), PURCHASE)).toBe(true);
  });
});

describe('choosePromotionCode', () => {
  const everyones = promotionCode({ id: 'promo_all' });
  const own = promotionCode({ id: 'promo_own', customer: 'cus_1' });

  it("prefers the customer's own code to everyone's", () => {
    expect(choosePromotionCode([everyones, own], 'cus_1')?.id).toBe('promo_own');
  });

  it("never gives another customer's code, nor any customer's to one whom Stripe does not know", () => {
    expect(choosePromotionCode([own], 'cus_2')).toBeNull();
    expect(choosePromotionCode([own], null)).toBeNull();
  });

  it('passes over inactive codes of the same text', () => {
    expect(choosePromotionCode([promotionCode({ active: false }), everyones], null)?.id).toBe('promo_all');
    expect(choosePromotionCode([promotionCode({ active: false })], null)).toBeNull();
  });
});

describe('whatever Stripe allows of a coupon', () => {
  const off = fc.oneof(
    fc.record({
      percent_off: fc.double({ min: 0, max: 100, minExcluded: true, noNaN: true }),
      amount_off: fc.constant(null),
    }),
    fc.record({ percent_off: fc.constant(null), amount_off: fc.integer({ min: 1, max: 99_999_999_999 }) }),
  );
  const rest = fc.record({
    id: fc.string({ minLength: 1, maxLength: 255 }),
    currency: fc.constantFrom('usd', 'jpy', 'bhd'),
    duration: fc.constantFrom('once', 'repeating', 'forever', 'fortnightly'),
    duration_in_months: fc.option(fc.integer({ min: 1, max: 2 ** 40 })),
    max_redemptions: fc.option(fc.integer({ min: 1, max: 2 ** 40 })),
    times_redeemed: fc.integer({ min: 0, max: 2 ** 40 }),
  });

  it('is within the columns and what they check', () => {
    fc.assert(
      fc.property(off, rest, (money, values) => {
        const columns = toCouponColumns(coupon({ ...values, ...money }));
        const row = storableColumns(Coupon, columns) as Record<string, unknown>;
        const percent = Number(row.percentOff);
        expect((row.percentOff === null) !== (row.amountOff === null)).toBe(true);
        expect(row.percentOff === null || (percent > 0 && percent <= 100)).toBe(true);
        expect(row.amountOff === null || (Number(row.amountOff) > 0 && row.currency !== null)).toBe(true);
        expect((row.duration === 'repeating') === (row.durationInMonths !== null)).toBe(true);
        expect(String(row.code).length).toBeLessThanOrEqual(100);
        for (const count of [row.durationInMonths, row.maxRedemptions, row.timesRedeemed])
          expect(Number(count)).toBeLessThanOrEqual(2_147_483_647);
      }),
    );
  });

  it('keeps forever, also with months, and tells long ids apart that begin alike', () => {
    expect(toCouponColumns(coupon({ duration: 'forever', duration_in_months: 3 }))).toMatchObject({
      duration: 'forever',
      durationInMonths: null,
    });
    const [one, other] = ['1', '2'].map((end) => toCouponColumns(coupon({ id: `${'x'.repeat(120)}${end}` })).code);
    expect(one).not.toBe(other);
  });
});
