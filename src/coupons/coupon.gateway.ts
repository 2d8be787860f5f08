import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';

/** A path of Stripe's API must not become another one by an id. */
const NO_ID = new Set(['', '.', '..']);

/** The Stripe calls about coupons and promotion codes. */
@Injectable()
export class CouponGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The coupon, with its limits to products and its amounts in other currencies; null when Stripe does not know it. */
  async retrieve(id: string): Promise<StripeAnswer<Stripe.Coupon | null>> {
    if (NO_ID.has(id)) throw new RangeError('A coupon needs an id');
    return this.stripe.readOrNull((stripe, options) =>
      stripe.coupons.retrieve(id, { expand: ['applies_to', 'currency_options'] }, options),
    );
  }

  retrievePromotionCode(id: string): Promise<StripeAnswer<Stripe.PromotionCode | null>> {
    return this.stripe.readOrNull((stripe, options) => stripe.promotionCodes.retrieve(id, {}, options));
  }

  /** Every promotion code of that text, in any case and any state: a text may be taken again once a code is inactive. */
  async listPromotionCodes(code: string): Promise<StripeAnswer<Stripe.PromotionCode[]>> {
    const answer = await this.stripe.read((stripe, options) =>
      stripe.promotionCodes.list({ code, limit: 100 }, options),
    );
    return { ...answer, object: answer.object.data };
  }
}
