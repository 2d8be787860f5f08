import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type Stripe from 'stripe';
import { PlansService } from '../../catalogue/plans.service.js';
import { CustomerProjection } from '../../customers/customer.projection.js';
import { Transactions } from '../../database/transactions.js';
import { Unlinked } from '../../sync/comparison.js';
import { type Columns, Ignored, Projection } from '../../sync/projection.js';
import { type StripeAnswer } from '../../stripe/stripe-client.js';
import { idOf } from '../../stripe/values.js';
import { SubscriptionSchedule } from './subscription-schedule.entity.js';
import { SubscriptionScheduleGateway } from './subscription-schedule.gateway.js';
import { hasEnded, nextPricesOf, NOTHING_FOLLOWS, toScheduleColumns } from './subscription-schedule.mapper.js';

/** The one door from a Stripe subscription schedule to `subscription_schedules`. */
@Injectable()
export class SubscriptionScheduleProjection extends Projection<
  SubscriptionSchedule,
  Stripe.SubscriptionSchedule,
  number
> {
  protected readonly entity = SubscriptionSchedule;
  protected readonly stripeIdProperty = 'stripeScheduleId';

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: SubscriptionScheduleGateway,
    private readonly customers: CustomerProjection,
    private readonly plans: PlansService,
  ) {
    super(transactions);
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.SubscriptionSchedule | null>> {
    return this.gateway.retrieve(stripeId);
  }

  protected async link(source: Stripe.SubscriptionSchedule): Promise<number | Ignored> {
    const owner = await this.peekLink(source);
    if (!(owner instanceof Unlinked)) return owner;
    const customer = await this.customers.findOrRefresh(idOf(source.customer));
    return customer instanceof Ignored ? customer : customer.id;
  }

  protected override async peekLink(source: Stripe.SubscriptionSchedule): Promise<number | Unlinked> {
    await this.plans.know(nextPricesOf(source));
    const findKnown = () =>
      this.dataSource.getRepository(SubscriptionSchedule).findOneBy({ stripeScheduleId: source.id });
    return this.customers.peekOwner(idOf(source.customer), findKnown);
  }

  protected toColumns(source: Stripe.SubscriptionSchedule, customerId: number): Columns<SubscriptionSchedule> {
    return toScheduleColumns(source, customerId, this.plans);
  }

  protected isTerminal(content: Columns<SubscriptionSchedule> | SubscriptionSchedule): boolean {
    return hasEnded(content.status);
  }

  protected goneColumns(): Columns<SubscriptionSchedule> {
    return { status: 'canceled', ...NOTHING_FOLLOWS };
  }
}
