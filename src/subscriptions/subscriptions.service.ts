import { Injectable } from '@nestjs/common';
import { type User } from '../auth/user.entity.js';
import { validationFailed } from '../http/input-validation.pipe.js';
import { Page } from '../http/pagination.js';
import { type SetReplyStatus } from '../http/reply-status.js';
import { type EarlierRequest, type ReplaySource } from '../idempotency/replay.js';
import { type CancelSubscriptionDto } from './dto/cancel-subscription.dto.js';
import { type CreateSubscriptionDto } from '../purchases/dto/create-subscription.dto.js';
import { type ListSubscriptionsDto } from './dto/list-subscriptions.dto.js';
import { type SubscriptionResultDto } from './dto/subscription-result.dto.js';
import { type SubscriptionDto } from './dto/subscription.dto.js';
import { type UpdateSubscriptionDto } from '../plan-changes/dto/update-subscription.dto.js';
import { PurchaseSettlement } from '../purchases/purchase-settlement.js';
import { SubscriptionCancellation } from './subscription-cancellation.js';
import { SubscriptionChange } from '../plan-changes/plan-changes.service.js';
import { type Subscription } from './subscription.entity.js';
import { SubscriptionPurchase } from '../purchases/purchases.service.js';
import { SubscriptionReader } from './subscription.reader.js';

/** The caller's own subscriptions. The rows given were found to be the caller's by the ownership guard. */
@Injectable()
export class SubscriptionsService implements ReplaySource {
  constructor(
    private readonly reader: SubscriptionReader,
    private readonly purchase: SubscriptionPurchase,
    private readonly changes: SubscriptionChange,
    private readonly cancellation: SubscriptionCancellation,
    private readonly settlement: PurchaseSettlement,
  ) {}

  /** The newest live subscription that is no duplicate, else null. */
  async findCurrent(user: User): Promise<SubscriptionDto | null> {
    const row = await this.reader.findCurrent(user.id);
    return row === null ? null : this.reader.toDto(row);
  }

  /** The caller's subscriptions, newest first, ended ones too. */
  async list(user: User, { limit, starting_after: cursor }: ListSubscriptionsDto): Promise<Page<SubscriptionDto>> {
    const before = cursor === undefined ? null : await this.reader.findOwned(user.id, cursor);
    if (cursor !== undefined && before === null) {
      throw validationFailed([{ field: 'starting_after', message: 'starting_after is none of your subscriptions' }]);
    }
    const found = await this.reader.listOf(user.id, limit + 1, before);
    const page = found.slice(0, limit);
    return new Page(await this.reader.toDtos(page), found.length > limit ? (page.at(-1)?.id ?? null) : null);
  }

  /** Buys a subscription; 200 instead of 201 when an unfinished purchase of the same plan is gone on with. */
  async create(user: User, wish: CreateSubscriptionDto, setStatus: SetReplyStatus): Promise<SubscriptionResultDto> {
    const { stripeSubscriptionId, action, created } = await this.purchase.buy(user, wish);
    if (!created) setStatus(200);
    return { ...(await this.reader.toDto(await this.reader.getByStripeId(stripeSubscriptionId))), ...action };
  }

  async update(row: Subscription, wish: UpdateSubscriptionDto): Promise<SubscriptionResultDto> {
    const action = await this.changes.change(row, wish);
    return { ...(await this.readAgain(row)), ...action };
  }

  async cancel(row: Subscription, wish: CancelSubscriptionDto): Promise<SubscriptionDto> {
    await this.cancellation.cancel(row, wish);
    return this.readAgain(row);
  }

  async reactivate(row: Subscription): Promise<SubscriptionDto> {
    await this.cancellation.reactivate(row);
    return this.readAgain(row);
  }

  /** A repeated purchase or change: what is still to be done for it is read from Stripe. */
  async replay({ user, answer, operation }: EarlierRequest): Promise<object | undefined> {
    const earlier = answer as SubscriptionResultDto | undefined;
    const row =
      earlier === undefined ? await this.findResult(operation) : await this.reader.findOwned(user.id, earlier.id);
    if (row === null) return undefined;
    return { ...(earlier ?? (await this.reader.toDto(row))), ...(await this.settlement.actionOf(row)) };
  }

  private findResult(operation: EarlierRequest['operation']): Promise<Subscription | null> {
    const isOurs = operation?.kind === 'subscription.create' || operation?.kind === 'subscription.change_plan';
    const stripeId = isOurs ? operation.resultStripeId : null;
    return stripeId === null ? Promise.resolve(null) : this.reader.getByStripeId(stripeId);
  }

  private async readAgain(row: Subscription): Promise<SubscriptionDto> {
    return this.reader.toDto(await this.reader.get(row.id));
  }
}
