import { Injectable, Logger } from '@nestjs/common';
import { type SubscriptionResultDto } from '../subscriptions/dto/subscription-result.dto.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionReader } from '../subscriptions/subscription.reader.js';
import { type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { SubscriptionChange } from './subscription-change.js';

/** Changes of the plan or the card. The rows given were found to be the caller's by the ownership guard. */
@Injectable()
export class PlanChangesService {
  private readonly logger = new Logger(PlanChangesService.name);

  constructor(
    private readonly changes: SubscriptionChange,
    private readonly reader: SubscriptionReader,
  ) {}

  async update(row: Subscription, wish: UpdateSubscriptionDto): Promise<SubscriptionResultDto> {
    const action = await this.changes.change(row, wish);
    this.logger.log({ subscription_id: row.id, requires_action: action.requires_action }, 'Subscription updated');
    return { ...(await this.reader.toDto(await this.reader.get(row.id))), ...action };
  }
}
