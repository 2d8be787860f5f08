import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { type Payer } from '../auth/payer.js';
import { BillingError, validationFailed } from '../common/billing-error.js';
import { Page } from '../http/pagination.js';
import { type CancelSubscriptionDto } from './dto/cancel-subscription.dto.js';
import { type CurrentSubscriptionDto } from './dto/current-subscription.dto.js';
import { type ListSubscriptionsDto } from './dto/list-subscriptions.dto.js';
import { type SubscriptionDto } from './dto/subscription.dto.js';
import { type SubscriptionResultDto } from './dto/subscription-result.dto.js';
import { SubscriptionCancellation } from './lifecycle/subscription-cancellation.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionResumption } from './lifecycle/subscription-resumption.js';
import { isInGroup } from './plan-group.js';
import { type Subscription } from './subscription.entity.js';
import { SubscriptionReader } from './subscription.reader.js';

/** The caller's own subscriptions. The rows given were found to be the caller's by the ownership guard. */
@Injectable()
export class SubscriptionsService {
  private readonly logger = new Logger(SubscriptionsService.name);

  constructor(
    private readonly reader: SubscriptionReader,
    private readonly cancellation: SubscriptionCancellation,
    private readonly resumption: SubscriptionResumption,
    private readonly commands: SubscriptionCommands,
    private readonly audit: AuditLog,
  ) {}

  /**
   * The live subscription of a group that is no duplicate, else null.
   * @throws BillingError validation_failed for a group that the catalogue does not have
   */
  async findCurrent(payer: Payer, { group }: CurrentSubscriptionDto): Promise<SubscriptionDto | null> {
    const row = await this.reader.findCurrent(payer, group ?? null);
    return row === null ? null : this.reader.toDto(row);
  }

  /** The caller's subscriptions, newest first, ended ones too. */
  async list(payer: Payer, { limit, starting_after: cursor }: ListSubscriptionsDto): Promise<Page<SubscriptionDto>> {
    const before = cursor === undefined ? null : await this.reader.findOwned(payer, cursor);
    if (cursor !== undefined && before === null) {
      throw validationFailed([{ field: 'starting_after', message: 'starting_after is none of your subscriptions' }]);
    }
    const found = await this.reader.listOf(payer, limit + 1, before);
    const page = found.slice(0, limit);
    return new Page(await this.reader.toDtos(page), found.length > limit ? (page.at(-1)?.id ?? null) : null);
  }

  async cancel(row: Subscription, wish: CancelSubscriptionDto): Promise<SubscriptionDto> {
    const cancelled = await this.cancellation.cancel(row, wish);
    this.logger.log({ subscription_id: row.id }, 'Subscription cancelled');
    return this.reader.toDto(cancelled);
  }

  async reactivate(row: Subscription): Promise<SubscriptionDto> {
    const reactivated = await this.cancellation.reactivate(row);
    this.logger.log({ subscription_id: row.id }, 'Subscription reactivated');
    return this.reader.toDto(reactivated);
  }

  async resume(row: Subscription): Promise<SubscriptionResultDto> {
    const action = await this.resumption.resume(row);
    this.logger.log({ subscription_id: row.id, requires_action: action.requires_action }, 'Subscription resumed');
    return { ...(await this.reader.toDto(await this.reader.get(row.id))), ...action };
  }

  /** @throws BillingError not_found when no change of plan is scheduled; not_in_catalogue */
  async dropScheduledChange(row: Subscription): Promise<SubscriptionDto> {
    const { scheduled_change: scheduled } = await this.reader.toDto(row);
    const { stripeSubscriptionId: stripeId, stripeScheduleId } = row;
    if (scheduled === null || stripeId === null || stripeScheduleId === null)
      throw new BillingError('not_found', 'No change of plan is scheduled');
    if (!isInGroup(row)) throw new BillingError('not_in_catalogue');
    const noted = this.audit.with({
      action: 'subscription.scheduled_change_dropped',
      object: { type: 'subscription', id: stripeId },
      of: { customerId: row.customerId },
      before: { plan: scheduled.tier, at: scheduled.at },
    });
    await this.commands.releaseSchedule(stripeId, stripeScheduleId, noted);
    this.logger.log({ subscription_id: row.id }, 'Scheduled change dropped');
    return this.reader.toDto(await this.reader.get(row.id));
  }
}
