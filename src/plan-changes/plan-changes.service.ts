import { Injectable, Logger } from '@nestjs/common';
import { type Payer } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { NO_ACTION } from '../subscriptions/collection/required-action.js';
import { hostMetadata, type SubscriptionMetadata } from '../subscriptions/dto/subscription-metadata.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { isLive } from '../subscriptions/subscription-status.js';
import { type SubscriptionResultDto } from '../subscriptions/dto/subscription-result.dto.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionReader } from '../subscriptions/subscription.reader.js';
import { type SetSeatsDto } from './dto/set-seats.dto.js';
import { type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { SubscriptionChange } from './subscription-change.js';

/** Changes of the plan or the card. The rows given were found to be the caller's by the ownership guard. */
@Injectable()
export class PlanChangesService {
  private readonly logger = new Logger(PlanChangesService.name);

  constructor(
    private readonly changes: SubscriptionChange,
    private readonly reader: SubscriptionReader,
    private readonly commands: SubscriptionCommands,
    private readonly gateway: SubscriptionGateway,
  ) {}

  async update(payer: Payer, row: Subscription, wish: UpdateSubscriptionDto): Promise<SubscriptionResultDto> {
    const { metadata: given, ...change } = wish;
    const metadata = hostMetadata(payer, given);
    const writesMetadata = Object.keys(metadata).length > 0;
    if (writesMetadata) await this.writeMetadata(row, metadata);
    const isAll = writesMetadata && Object.values(change).every((value) => value === undefined || value === null);
    const action = isAll ? NO_ACTION : await this.changes.change(row, change);
    this.logger.log({ subscription_id: row.id, requires_action: action.requires_action }, 'Subscription updated');
    return { ...(await this.reader.toDto(await this.reader.get(row.id))), ...action };
  }

  /** Sets the number of seats, whatever it was: the same number is answered as it is. */
  async setSeats(row: Subscription, { quantity, when }: SetSeatsDto): Promise<SubscriptionResultDto> {
    const outcome = await this.changes.change(row, { quantity, ...(when === undefined ? {} : { when }) }, true);
    return { ...(await this.reader.toDto(await this.reader.get(row.id))), ...outcome };
  }

  private async writeMetadata(row: Subscription, metadata: SubscriptionMetadata): Promise<void> {
    const { stripeSubscriptionId: stripeId } = row;
    if (stripeId === null || !isLive(row.status)) throw new BillingError('subscription_state');
    await this.commands.perform(stripeId, () => this.gateway.setMetadata(stripeId, metadata));
  }
}
