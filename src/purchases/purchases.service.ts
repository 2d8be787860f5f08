import { Injectable, Logger } from '@nestjs/common';
import { loggedPayer, type Payer } from '../auth/payer.js';
import { type SetReplyStatus } from '../http/reply-status.js';
import { type SubscriptionResultDto } from '../subscriptions/dto/subscription-result.dto.js';
import { SubscriptionReader } from '../subscriptions/subscription.reader.js';
import { type CreateSubscriptionDto } from './dto/create-subscription.dto.js';
import { SubscriptionPurchase } from './subscription-purchase.js';

/** Purchases of the caller. */
@Injectable()
export class PurchasesService {
  private readonly logger = new Logger(PurchasesService.name);

  constructor(
    private readonly purchase: SubscriptionPurchase,
    private readonly reader: SubscriptionReader,
  ) {}

  /** Buys a subscription; 200 instead of 201 when an unfinished purchase of the same plan is resumed. */
  async create(payer: Payer, wish: CreateSubscriptionDto, setStatus: SetReplyStatus): Promise<SubscriptionResultDto> {
    const { row, action, created } = await this.purchase.buy(payer, wish);
    const facts = { ...loggedPayer(payer), subscription_id: row.id, requires_action: action.requires_action };
    this.logger.log(facts, created ? 'Subscription created' : 'Purchase resumed');
    if (!created) setStatus(200);
    return { ...(await this.reader.toDto(row)), ...action };
  }
}
