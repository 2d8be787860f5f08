import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Coupon } from './coupon.entity.js';

/** Reads of `coupons`. */
@Injectable()
export class CouponReader {
  constructor(private readonly dataSource: DataSource) {}

  /** Stripe ids of the coupons that differ from the text in their case at most, those known longest first. */
  async listIds(text: string): Promise<string[]> {
    const known = await this.dataSource
      .createQueryBuilder(Coupon, 'coupon')
      .where('lower(coupon.stripeCouponId) = lower(:text) AND coupon.deletedAt IS NULL', { text })
      .orderBy('coupon.id')
      .getMany();
    return known.flatMap((coupon) => (coupon.stripeCouponId === null ? [] : [coupon.stripeCouponId]));
  }
}
