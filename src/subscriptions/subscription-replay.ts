import { Injectable } from '@nestjs/common';
import { type EarlierRequest, type ReplaySource } from '../idempotency/replay.js';
import { type OperationKind } from '../operations/stripe-operation.entity.js';
import { type SubscriptionResultDto } from './dto/subscription-result.dto.js';
import { RequiredActions } from './collection/required-action.js';
import { type Subscription } from './subscription.entity.js';
import { SubscriptionReader } from './subscription.reader.js';

const KINDS = new Set<OperationKind>(['subscription.create', 'subscription.change_plan', 'subscription.resume']);

/** The response to a repeated purchase, change of plan or resumption: what is still to be done for it is read from Stripe. */
@Injectable()
export class SubscriptionReplay implements ReplaySource {
  constructor(
    private readonly reader: SubscriptionReader,
    private readonly actions: RequiredActions,
  ) {}

  async replay({ payer, answer, operation }: EarlierRequest): Promise<object | undefined> {
    const earlier = answer as SubscriptionResultDto | undefined;
    const row =
      earlier === undefined ? await this.findResult(operation) : await this.reader.findOwned(payer, earlier.id);
    if (row === null) return undefined;
    const isResumption = operation?.kind === 'subscription.resume';
    const action = await (isResumption ? this.actions.readResumption(row) : this.actions.read(row));
    return { ...(earlier ?? (await this.reader.toDto(row))), ...action };
  }

  private findResult(operation: EarlierRequest['operation']): Promise<Subscription | null> {
    const stripeId = operation !== null && KINDS.has(operation.kind) ? operation.resultStripeId : null;
    return stripeId === null ? Promise.resolve(null) : this.reader.getByStripeId(stripeId);
  }
}
