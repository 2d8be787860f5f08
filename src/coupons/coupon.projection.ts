import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type Stripe from 'stripe';
import { Clock } from '../common/clock.js';
import { Transactions } from '../database/transactions.js';
import { type Columns, type Taken, Projection, type OnCommit, type Snapshot } from '../sync/projection.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { Coupon } from './coupon.entity.js';
import { CouponGateway } from './coupon.gateway.js';
import { toCouponColumns } from './coupon.mapper.js';
import { PromotionCode } from './promotion-code.entity.js';
import { PromotionCodeProjection } from './promotion-code.projection.js';

/** The one door from a Stripe coupon to `coupons`. The event of a deletion shows the coupon as it was: refresh then. */
@Injectable()
export class CouponProjection extends Projection<Coupon, Stripe.Coupon, null> {
  protected readonly entity = Coupon;
  protected readonly stripeIdProperty = 'stripeCouponId';

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: CouponGateway,
    private readonly clock: Clock,
    private readonly promotionCodes: PromotionCodeProjection,
  ) {
    super(transactions);
  }

  /** A snapshot may be older than the deletion of its coupon, so a coupon without a row is read anew. */
  override async apply(snapshot: Snapshot<Stripe.Coupon>, onCommit?: OnCommit): Promise<Taken<Coupon>> {
    const known = await this.dataSource.getRepository(Coupon).existsBy({ stripeCouponId: snapshot.object.id });
    return known ? super.apply(snapshot, onCommit) : this.refresh(snapshot.object.id, onCommit);
  }

  /** A deletion makes the coupon's promotion codes useless without an event of theirs: they are read anew before. */
  override async refresh(stripeId: string, onCommit?: OnCommit): Promise<Taken<Coupon>> {
    const useful = await this.dataSource
      .getRepository(PromotionCode)
      .findBy({ stripeCouponId: stripeId, isActive: true });
    if (useful.length > 0 && (await this.gateway.retrieve(stripeId)).object === null)
      for (const { stripePromotionCodeId: code } of useful) if (code !== null) await this.promotionCodes.refresh(code);
    return super.refresh(stripeId, onCommit);
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.Coupon | null>> {
    return this.gateway.retrieve(stripeId);
  }

  /** A coupon belongs to the catalogue, so it needs no other row. */
  protected link(): Promise<null> {
    return Promise.resolve(null);
  }

  protected toColumns(source: Stripe.Coupon): Columns<Coupon> {
    return toCouponColumns(source);
  }

  protected isTerminal(content: Columns<Coupon> | Coupon): boolean {
    return content.deletedAt !== null && content.deletedAt !== undefined;
  }

  protected goneColumns(row: Coupon): Columns<Coupon> {
    return { deletedAt: row.deletedAt ?? this.clock.now(), isActive: false };
  }
}
