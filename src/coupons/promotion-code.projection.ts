import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { Clock } from '../common/clock.js';
import { Transactions } from '../database/transactions.js';
import { type Columns, type OnCommit, Projection, type Snapshot, type Taken } from '../sync/projection.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { CouponGateway } from './coupon.gateway.js';
import { toPromotionCodeColumns } from './coupon.mapper.js';
import { PromotionCode } from './promotion-code.entity.js';

/** The one door from a Stripe promotion code to `promotion_codes`. */
@Injectable()
export class PromotionCodeProjection extends Projection<PromotionCode, Stripe.PromotionCode, null> {
  protected readonly entity = PromotionCode;
  protected readonly stripeIdProperty = 'stripePromotionCodeId';

  constructor(
    transactions: Transactions,
    private readonly gateway: CouponGateway,
    private readonly clock: Clock,
  ) {
    super(transactions);
  }

  /** A snapshot may be older than the deletion of its coupon, which says nothing of the code: it is always read anew. */
  override apply({ object }: Snapshot<Stripe.PromotionCode>, onCommit?: OnCommit): Promise<Taken<PromotionCode>> {
    return this.refresh(object.id, onCommit);
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.PromotionCode | null>> {
    return this.gateway.retrievePromotionCode(stripeId);
  }

  /** A promotion code keeps the ids of its coupon and customer, so it needs no other row. */
  protected link(): Promise<null> {
    return Promise.resolve(null);
  }

  protected toColumns(source: Stripe.PromotionCode): Columns<PromotionCode> {
    return toPromotionCodeColumns(source);
  }

  protected isTerminal(content: Columns<PromotionCode> | PromotionCode): boolean {
    return content.deletedAt !== null && content.deletedAt !== undefined;
  }

  protected goneColumns(row: PromotionCode): Columns<PromotionCode> {
    return { deletedAt: row.deletedAt ?? this.clock.now(), isActive: false };
  }
}
