import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BillingError } from '../../src/common/billing-error.js';
import { Coupon } from '../../src/coupons/coupon.entity.js';
import { CouponProjection } from '../../src/coupons/coupon.projection.js';
import { CouponsService } from '../../src/coupons/coupons.service.js';
import { PromotionCode } from '../../src/coupons/promotion-code.entity.js';
import { PlansService } from '../../src/catalogue/plans.service.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('a coupon code', () => {
  let test: TestApp;
  let coupons: CouponsService;
  const resolve = (code: string, customer: string | null = null) =>
    coupons.resolve(
      code,
      test.app.get(PlansService).priceOf({ tier: 'starter', interval: 'month', intervalCount: 1 }),
      customer,
    );
  const refused = (code: string) => ({ code: 'invalid_coupon', status: 400, detail: `Invalid coupon: ${code}` });

  beforeAll(async () => {
    test = await createTestApp();
    coupons = test.app.get(CouponsService);
  });
  afterAll(() => test.close());

  const row = (stripeCouponId: string) => test.dataSource.getRepository(Coupon).findOneByOrFail({ stripeCouponId });

  it('is a coupon by its id, without regard to case and spaces, and is mirrored', async () => {
    await test.stripe.coupons.create({ id: 'SAVE20', percent_off: 20, duration: 'once' });
    expect(await resolve('  save20 ')).toEqual({ coupon: 'SAVE20' });
    expect(await row('SAVE20')).toMatchObject({ code: 'SAVE20', percentOff: '20.00', isActive: true });
  });

  it('is found in mixed case once the coupon is known here', async () => {
    await test.stripe.coupons.create({ id: 'Summer-26', amount_off: 500, currency: 'usd', duration: 'once' });
    await test.app.get(CouponProjection).refresh('Summer-26');
    expect(await resolve('SUMMER-26')).toEqual({ coupon: 'Summer-26' });
    expect(await row('Summer-26')).toMatchObject({ amountOff: '5.000', currency: 'usd' });
  });

  it('is a promotion code before a coupon, and both are mirrored', async () => {
    await test.stripe.coupons.create({ id: 'FRIENDS', percent_off: 10, duration: 'forever' });
    await test.stripe.coupons.create({ id: 'quarter', percent_off: 25, duration: 'repeating', duration_in_months: 3 });
    const promotion = { type: 'coupon', coupon: 'quarter' } as const;
    const code = await test.stripe.promotionCodes.create({ code: 'FRIENDS', promotion });
    expect(await resolve('friends')).toEqual({ promotion_code: code.id });
    expect(await row('quarter')).toMatchObject({ percentOff: '25.00', duration: 'repeating', durationInMonths: 3 });
    const mirrored = await test.dataSource
      .getRepository(PromotionCode)
      .findOneByOrFail({ stripePromotionCodeId: code.id });
    expect(mirrored).toMatchObject({ code: 'FRIENDS', isActive: true, stripeCouponId: 'quarter' });
  });

  it('that was switched off as a promotion code does not fall back to the coupon of the same id', async () => {
    await test.stripe.coupons.create({ id: 'WINTER', percent_off: 10, duration: 'once' });
    const promotion = { type: 'coupon', coupon: 'WINTER' } as const;
    const code = await test.stripe.promotionCodes.create({ code: 'WINTER', promotion });
    await test.stripe.promotionCodes.update(code.id, { active: false });
    await expect(resolve('WINTER')).rejects.toMatchObject(refused('WINTER'));
  });

  it('of another customer is invalid, the own one is not', async () => {
    const [one, other] = await Promise.all([test.stripe.customers.create(), test.stripe.customers.create()]);
    await test.stripe.coupons.create({ id: 'personal', percent_off: 50, duration: 'once' });
    const promotion = { type: 'coupon', coupon: 'personal' } as const;
    const code = await test.stripe.promotionCodes.create({ code: 'MINE', promotion, customer: one.id });
    expect(await resolve('mine', one.id)).toEqual({ promotion_code: code.id });
    await expect(resolve('mine', other.id)).rejects.toMatchObject(refused('mine'));
    await expect(resolve('mine')).rejects.toMatchObject(refused('mine'));
  });

  it('that is expired is invalid', async () => {
    const { now } = (await test.control('state')) as { now: number };
    await test.stripe.coupons.create({ id: 'OLD', percent_off: 5, duration: 'once', redeem_by: now + 60 });
    expect(await resolve('OLD')).toEqual({ coupon: 'OLD' });
    await test.control('advance', { seconds: 61 });
    await expect(resolve('OLD')).rejects.toMatchObject(refused('OLD'));
    await expect(row('OLD')).resolves.toMatchObject({ isActive: false });
  });

  it('for another currency or product is invalid', async () => {
    await test.stripe.coupons.create({ id: 'EURO', amount_off: 500, currency: 'eur', duration: 'once' });
    const { id: product } = await test.stripe.products.create({ name: 'Another' });
    await test.stripe.coupons.create({
      id: 'ELSE',
      percent_off: 5,
      duration: 'once',
      applies_to: { products: [product] },
    });
    await expect(resolve('EURO')).rejects.toMatchObject(refused('EURO'));
    await expect(resolve('ELSE')).rejects.toMatchObject(refused('ELSE'));
  });

  it.each(['unknown', '', ' ', '.', '..', '../customers', '100%', '💶', 'x'.repeat(500)])(
    '%j is refused as it was written',
    async (code) => {
      const error = await resolve(code).then(
        () => null,
        (reason: BillingError) => reason,
      );
      expect(error).toMatchObject(refused(code));
    },
  );

  it('of a deleted coupon is invalid, and the row says so after the event', async () => {
    await test.stripe.coupons.create({ id: 'GONE', percent_off: 5, duration: 'once' });
    await resolve('GONE');
    await test.stripe.coupons.del('GONE');
    await expect(resolve('gone')).rejects.toMatchObject(refused('gone'));
    await test.app.get(CouponProjection).refresh('GONE');
    expect(await row('GONE')).toMatchObject({ isActive: false, deletedAt: expect.any(Date) });
  });
});
