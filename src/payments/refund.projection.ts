import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type Stripe from 'stripe';
import { Transactions } from '../database/transactions.js';
import { Unlinked } from '../sync/comparison.js';
import { Doors } from '../sync/doors.js';
import { type Columns, Ignored, Projection } from '../sync/projection.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { Payment } from './payment.entity.js';
import { PaymentProjection } from './payment.projection.js';
import { Refund } from './refund.entity.js';
import { RefundGateway } from './refund.gateway.js';
import { toRefundColumns, toRefundStatus } from './refund.mapper.js';

/** The one door from a Stripe refund to `refunds`. The link is our id of the payment. */
@Injectable()
export class RefundProjection extends Projection<Refund, Stripe.Refund, number> {
  protected readonly entity = Refund;
  protected readonly stripeIdProperty = 'stripeRefundId';

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: RefundGateway,
    private readonly payments: PaymentProjection,
    doors: Doors,
  ) {
    super(transactions);
    doors.register('refund', this);
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.Refund | null>> {
    return this.gateway.retrieve(stripeId);
  }

  /**
   * A refund that is new or changed its status changes what is left of its payment, and Stripe announces that by no event
   * of the payment intent, so the payment is read anew.
   */
  protected async link(source: Stripe.Refund): Promise<number | Ignored> {
    const known = await this.dataSource.getRepository(Refund).findOneBy({ stripeRefundId: source.id });
    const peeked = await this.peekLink(source);
    if (known !== null && known.status === toRefundStatus(source.status))
      return peeked instanceof Unlinked ? known.paymentId : peeked;
    const stripePaymentIntentId = idOf(source.payment_intent);
    if (stripePaymentIntentId === null) return new Ignored('unlinked_customer');
    const outcome = await this.payments.refresh(stripePaymentIntentId);
    if (outcome.state === 'ignored') return new Ignored(outcome.reason, outcome.stripeCustomerId);
    const payment = await this.dataSource.getRepository(Payment).findOneByOrFail({ stripePaymentIntentId });
    return payment.id;
  }

  protected override async peekLink(source: Stripe.Refund): Promise<number | Unlinked> {
    const stripePaymentIntentId = idOf(source.payment_intent);
    if (stripePaymentIntentId === null) return new Unlinked(null);
    const payment = await this.dataSource.getRepository(Payment).findOneBy({ stripePaymentIntentId });
    return payment?.id ?? new Unlinked(stripePaymentIntentId);
  }

  protected toColumns(source: Stripe.Refund, paymentId: number): Columns<Refund> {
    return toRefundColumns(source, paymentId);
  }

  protected isTerminal(content: Columns<Refund> | Refund): boolean {
    return content.status === 'failed' || content.status === 'canceled';
  }

  /** Stripe keeps refunds for ever; the record of one that it does not find stays. */
  protected goneColumns(): Columns<Refund> {
    return {};
  }
}
