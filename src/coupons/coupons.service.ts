import { Injectable } from '@nestjs/common';
import { idOf } from '../stripe/values.js';
import { candidateIds, type Discount, invalidCoupon } from './coupon-code.js';
import { CouponGateway } from './coupon.gateway.js';
import { appliesTo, choosePromotionCode, type Purchase } from './coupon.mapper.js';
import { CouponProjection } from './coupon.projection.js';
import { CouponReader } from './coupon.reader.js';
import { PromotionCodeProjection } from './promotion-code.projection.js';

/** Codes that customers type. Stripe decides whether one is valid, and counts its redemptions. */
@Injectable()
export class CouponsService {
  constructor(
    private readonly reader: CouponReader,
    private readonly gateway: CouponGateway,
    private readonly coupons: CouponProjection,
    private readonly promotionCodes: PromotionCodeProjection,
  ) {}

  /**
   * What a code stands for at Stripe: a promotion code where there is one of that text, else the coupon of that id,
   * both without regard to case and surrounding spaces.
   * @param stripeCustomerId the customer who wants it; null while Stripe does not know them
   * @throws BillingError invalid_coupon when the code is unknown, inactive, expired, used up, someone else's, or not for
   * this currency or product
   */
  async resolve(code: string, purchase: Purchase, stripeCustomerId: string | null): Promise<Discount> {
    const text = code.trim();
    if (text === '' || text === '.' || text === '..') throw invalidCoupon(code);
    const codes = await this.gateway.listPromotionCodes(text);
    if (codes.object.length === 0) return { coupon: await this.findCoupon(code, text, purchase) };
    const chosen = choosePromotionCode(codes.object, stripeCustomerId);
    const couponId = chosen === null ? null : idOf(chosen.promotion.coupon);
    if (chosen === null || couponId === null) throw invalidCoupon(code);
    await this.promotionCodes.applyAnswer({ stripeId: chosen.id, version: null }, { ...codes, object: chosen });
    if ((await this.applicable(couponId, purchase)) !== true) throw invalidCoupon(code);
    return { promotion_code: chosen.id };
  }

  private async findCoupon(code: string, text: string, purchase: Purchase): Promise<string> {
    for (const id of candidateIds(text, await this.reader.listIds(text))) {
      const applicable = await this.applicable(id, purchase);
      if (applicable === true) return id;
      if (applicable === false) break;
    }
    throw invalidCoupon(code);
  }

  /** Whether a coupon can be taken off the purchase; null when there is no such coupon. */
  private async applicable(id: string, purchase: Purchase): Promise<boolean | null> {
    const ticket = await this.coupons.beforeCommand(id);
    const { object, ...answer } = await this.gateway.retrieve(id);
    if (object === null) return null;
    await this.coupons.applyAnswer(ticket, { ...answer, object });
    return appliesTo(object, purchase);
  }
}
