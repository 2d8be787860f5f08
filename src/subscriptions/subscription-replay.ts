import { Injectable } from '@nestjs/common';
import { type EarlierRequest, type ReplaySource } from '../idempotency/replay.js';
import { type SubscriptionResultDto } from './dto/subscription-result.dto.js';
import { RequiredActions } from './required-action.js';
import { type Subscription } from './subscription.entity.js';
import { SubscriptionReader } from './subscription.reader.js';

/** The response to a repeated purchase or change of plan: what is still to be done for it is read from Stripe. */
@Injectable()
export class SubscriptionReplay implements ReplaySource {
  constructor(
    private readonly reader: SubscriptionReader,
    private readonly actions: RequiredActions,
  ) {}

  async replay({ user, answer, operation }: EarlierRequest): Promise<object | undefined> {
    const earlier = answer as SubscriptionResultDto | undefined;
    const row =
      earlier === undefined ? await this.findResult(operation) : await this.reader.findOwned(user.id, earlier.id);
    if (row === null) return undefined;
    return { ...(earlier ?? (await this.reader.toDto(row))), ...(await this.actions.read(row)) };
  }

  private findResult(operation: EarlierRequest['operation']): Promise<Subscription | null> {
    const isOurs = operation?.kind === 'subscription.create' || operation?.kind === 'subscription.change_plan';
    const stripeId = isOurs ? operation.resultStripeId : null;
    return stripeId === null ? Promise.resolve(null) : this.reader.getByStripeId(stripeId);
  }
}
