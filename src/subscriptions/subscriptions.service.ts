import { Injectable } from '@nestjs/common';
import { type RequestUser } from '../auth/request-user.js';
import { validationFailed } from '../common/billing-error.js';
import { Page } from '../http/pagination.js';
import { type CancelSubscriptionDto } from './dto/cancel-subscription.dto.js';
import { type ListSubscriptionsDto } from './dto/list-subscriptions.dto.js';
import { type SubscriptionDto } from './dto/subscription.dto.js';
import { SubscriptionCancellation } from './subscription-cancellation.js';
import { type Subscription } from './subscription.entity.js';
import { SubscriptionReader } from './subscription.reader.js';

/** The caller's own subscriptions. The rows given were found to be the caller's by the ownership guard. */
@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly reader: SubscriptionReader,
    private readonly cancellation: SubscriptionCancellation,
  ) {}

  /** The newest live subscription that is no duplicate, else null. */
  async findCurrent(user: RequestUser): Promise<SubscriptionDto | null> {
    const row = await this.reader.findCurrent(user.id);
    return row === null ? null : this.reader.toDto(row);
  }

  /** The caller's subscriptions, newest first, ended ones too. */
  async list(
    user: RequestUser,
    { limit, starting_after: cursor }: ListSubscriptionsDto,
  ): Promise<Page<SubscriptionDto>> {
    const before = cursor === undefined ? null : await this.reader.findOwned(user.id, cursor);
    if (cursor !== undefined && before === null) {
      throw validationFailed([{ field: 'starting_after', message: 'starting_after is none of your subscriptions' }]);
    }
    const found = await this.reader.listOf(user.id, limit + 1, before);
    const page = found.slice(0, limit);
    return new Page(await this.reader.toDtos(page), found.length > limit ? (page.at(-1)?.id ?? null) : null);
  }

  async cancel(row: Subscription, wish: CancelSubscriptionDto): Promise<SubscriptionDto> {
    return this.reader.toDto(await this.cancellation.cancel(row, wish));
  }

  async reactivate(row: Subscription): Promise<SubscriptionDto> {
    return this.reader.toDto(await this.cancellation.reactivate(row));
  }
}
