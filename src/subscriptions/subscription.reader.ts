import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull } from 'typeorm';
import { ownerProperty, type PayerKey } from '../auth/payer.js';
import { validationFailed } from '../common/billing-error.js';
import { PlansService } from '../catalogue/plans.service.js';
import { type SubscriptionDto } from './dto/subscription.dto.js';
import { PaymentStateReader } from './collection/payment-state.reader.js';
import { Subscription } from './subscription.entity.js';
import { type ScheduledChange, toSubscriptionDto } from './subscription.mapper.js';
import { SubscriptionSchedule } from './schedules/subscription-schedule.entity.js';
import { toScheduledChange } from './schedules/subscription-schedule.mapper.js';
import { isInGroup } from './plan-group.js';
import { LIVE_STATUSES } from './subscription-status.js';

/** Reads of `subscriptions` and the rows that belong to them. */
@Injectable()
export class SubscriptionReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly plans: PlansService,
    private readonly payments: PaymentStateReader,
  ) {}

  /**
   * The live subscription of a payer that is of a group of plans and no duplicate; where no group was asked for and the
   * default one has none, the newest live one of no plan.
   */
  async findCurrent(payer: PayerKey, group: string | null): Promise<Subscription | null> {
    if (group !== null && !this.plans.catalogue.groups().includes(group))
      throw validationFailed([{ field: 'group', message: 'group is none of the catalogue' }]);
    const live = await this.dataSource
      .createQueryBuilder(Subscription, 'subscription')
      .innerJoin('subscription.customer', 'customer')
      .where(`customer.${ownerProperty(payer)} = :payer`, { payer: payer.id })
      .andWhere('subscription.status IN (:...live)', { live: LIVE_STATUSES })
      .andWhere('subscription.duplicateOfId IS NULL')
      .orderBy('subscription.stripeCreated', 'DESC')
      .addOrderBy('subscription.id', 'DESC')
      .getMany();
    const wanted = group ?? this.plans.catalogue.defaultGroup();
    const found = live.find(({ planGroup }) => planGroup === wanted);
    return found ?? (group === null ? live.find((row) => !isInGroup(row)) : undefined) ?? null;
  }

  /** The live subscription of a customer that is of a group and no duplicate. */
  findLive(customerId: number, planGroup: string): Promise<Subscription | null> {
    return this.dataSource
      .getRepository(Subscription)
      .findOneBy({ customerId, status: In([...LIVE_STATUSES]), duplicateOfId: IsNull(), planGroup });
  }

  /** All live subscriptions of a customer, newest first. */
  listLive(customerId: number): Promise<Subscription[]> {
    const order = { stripeCreated: 'DESC', id: 'DESC' } as const;
    return this.dataSource
      .getRepository(Subscription)
      .find({ where: { customerId, status: In([...LIVE_STATUSES]) }, order });
  }

  /** All subscriptions of a payer, newest first. */
  async listOf(payer: PayerKey, limit: number, before: Subscription | null): Promise<Subscription[]> {
    const query = this.dataSource
      .createQueryBuilder(Subscription, 'subscription')
      .innerJoin('subscription.customer', 'customer')
      .where(`customer.${ownerProperty(payer)} = :payer`, { payer: payer.id });
    if (before !== null) {
      query.andWhere('(subscription.stripeCreated, subscription.id) < (:created, :id)', {
        created: before.stripeCreated,
        id: before.id,
      });
    }
    return query
      .orderBy('subscription.stripeCreated', 'DESC')
      .addOrderBy('subscription.id', 'DESC')
      .limit(limit)
      .getMany();
  }

  /** A subscription of the payer by our id. */
  findOwned(payer: PayerKey, id: number): Promise<Subscription | null> {
    return this.dataSource
      .createQueryBuilder(Subscription, 'subscription')
      .innerJoin('subscription.customer', 'customer')
      .where(`customer.${ownerProperty(payer)} = :payer AND subscription.id = :id`, { payer: payer.id, id })
      .getOne();
  }

  /** The row as it is now. */
  get(id: number): Promise<Subscription> {
    return this.dataSource.getRepository(Subscription).findOneByOrFail({ id });
  }

  getByStripeId(stripeSubscriptionId: string): Promise<Subscription> {
    return this.dataSource.getRepository(Subscription).findOneByOrFail({ stripeSubscriptionId });
  }

  /** The schedule that governs a subscription; null when none does, or it has no row yet. */
  async findSchedule(row: Subscription): Promise<SubscriptionSchedule | null> {
    return (await this.findSchedules([row]))[0] ?? null;
  }

  async toDto(row: Subscription): Promise<SubscriptionDto> {
    const [dto] = await this.toDtos([row]);
    if (dto === undefined) throw new Error('One row makes one response');
    return dto;
  }

  /** The rows as responses, with the same few queries for all of them. */
  async toDtos(rows: readonly Subscription[]): Promise<SubscriptionDto[]> {
    const schedules = await this.findSchedules(rows);
    const paymentStateOf = await this.payments.load(rows);
    return rows.map((row) => ({
      ...toSubscriptionDto(row, this.scheduledChangeOf(row, schedules)),
      ...paymentStateOf(row),
    }));
  }

  private async findSchedules(rows: readonly Subscription[]): Promise<SubscriptionSchedule[]> {
    const ids = rows.flatMap(({ stripeScheduleId }) => (stripeScheduleId === null ? [] : [stripeScheduleId]));
    if (ids.length === 0) return [];
    return this.dataSource.getRepository(SubscriptionSchedule).findBy({ stripeScheduleId: In(ids) });
  }

  private scheduledChangeOf(row: Subscription, schedules: readonly SubscriptionSchedule[]): ScheduledChange | null {
    const schedule = schedules.find(({ stripeScheduleId }) => stripeScheduleId === row.stripeScheduleId);
    return toScheduledChange(row, schedule, this.plans);
  }
}
