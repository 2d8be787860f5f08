import { Module } from '@nestjs/common';
import { CouponGateway } from './coupon.gateway.js';
import { CouponProjection } from './coupon.projection.js';
import { CouponReader } from './coupon.reader.js';
import { CouponsService } from './coupons.service.js';
import { PromotionCodeProjection } from './promotion-code.projection.js';

@Module({
  providers: [CouponsService, CouponReader, CouponGateway, CouponProjection, PromotionCodeProjection],
  exports: [CouponsService, CouponProjection, PromotionCodeProjection],
})
export class CouponsModule {}
