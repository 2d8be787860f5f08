import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type Stripe from 'stripe';
import { dateFromEpochSeconds } from '../common/clock.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Transactions } from '../database/transactions.js';
import { Unlinked } from '../sync/comparison.js';
import { type Columns, Ignored, Projection } from '../sync/projection.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { SubscriptionSchedule } from './subscription-schedule.entity.js';
import { SubscriptionScheduleGateway } from './subscription-schedule.gateway.js';

const ENDED = new Set(['released', 'canceled', 'completed']);

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

  protected override peekLink(source: Stripe.SubscriptionSchedule): Promise<number | Unlinked> {
    const findKnown = () =>
      this.dataSource.getRepository(SubscriptionSchedule).findOneBy({ stripeScheduleId: source.id });
    return this.customers.peekOwner(idOf(source.customer), findKnown);
  }

  protected toColumns(source: Stripe.SubscriptionSchedule, customerId: number): Columns<SubscriptionSchedule> {
    return toScheduleColumns(source, customerId);
  }

  protected isTerminal(content: Columns<SubscriptionSchedule> | SubscriptionSchedule): boolean {
    return ENDED.has(content.status as string);
  }

  protected goneColumns(): Columns<SubscriptionSchedule> {
    return { status: 'canceled', nextStripePriceId: null, nextPhaseAt: null };
  }
}

/** Stripe schedule → row. What follows the current phase is the scheduled change. */
export function toScheduleColumns(
  source: Stripe.SubscriptionSchedule,
  customerId: number,
): Columns<SubscriptionSchedule> {
  const start = source.current_phase?.start_date ?? -Infinity;
  const next = ENDED.has(source.status) ? undefined : source.phases.find((phase) => phase.start_date > start);
  return {
    customerId,
    stripeScheduleId: source.id,
    stripeSubscriptionId: idOf(source.subscription),
    status: source.status,
    nextStripePriceId: idOf(next?.items[0]?.price),
    nextPhaseAt: dateFromEpochSeconds(next?.start_date),
  };
}
