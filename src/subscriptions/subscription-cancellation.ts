import { Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { type CancelSubscriptionDto } from './dto/cancel-subscription.dto.js';
import { type Subscription } from './subscription.entity.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionReader } from './subscription.reader.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { isScheduledToEnd } from './subscription-rules.js';
import { isLive } from './subscription-status.js';

/** Ends a subscription, now or later, and takes that back. */
@Injectable()
export class SubscriptionCancellation {
  constructor(
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly reader: SubscriptionReader,
  ) {}

  /** Cancelling what has ended, or is to end already, changes nothing. */
  async cancel(
    row: Subscription,
    { cancel_at_period_end: atPeriodEnd = true, reason }: CancelSubscriptionDto,
  ): Promise<void> {
    const stripeId = row.stripeSubscriptionId;
    if (!isLive(row.status) || stripeId === null) return;
    if (atPeriodEnd && row.status !== 'incomplete' && isScheduledToEnd(row)) return;
    const contract = { stripeSubscriptionId: stripeId, invoiceId: row.latestStripeInvoiceId };
    if (row.status === 'incomplete') return this.commands.discardIncomplete(contract);
    if (row.hasPendingUpdate) await this.commands.dropPendingUpdate(contract);
    if (row.stripeScheduleId !== null) await this.commands.releaseSchedule(stripeId, row.stripeScheduleId);
    await this.unlessEnded(row, () =>
      atPeriodEnd
        ? this.commands.perform(stripeId, () => this.gateway.cancelAtPeriodEnd(stripeId, reason ?? undefined))
        : this.commands.cancelNow(stripeId, reason ?? undefined),
    );
  }

  /** A subscription that has ended at Stripe meanwhile is what was wanted. */
  private async unlessEnded(row: Subscription, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const refused = error instanceof BillingError && error.code === 'subscription_state';
      if (!refused || isLive((await this.reader.get(row.id)).status)) throw error;
    }
  }

  /** @throws BillingError not_scheduled_for_cancellation */
  async reactivate(row: Subscription): Promise<void> {
    const stripeId = row.stripeSubscriptionId;
    if (!isLive(row.status)) {
      const ended = 'Subscription is not scheduled for cancellation: it has ended, so start a new one';
      throw new BillingError('not_scheduled_for_cancellation', ended);
    }
    if (stripeId === null || !isScheduledToEnd(row)) throw new BillingError('not_scheduled_for_cancellation');
    await this.commands.perform(stripeId, () => this.gateway.reactivate(stripeId, row.cancelAtPeriodEnd));
  }
}
