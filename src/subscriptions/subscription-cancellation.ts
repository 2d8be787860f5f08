import { Injectable } from '@nestjs/common';
import { PlansService } from '../catalogue/plans.service.js';
import { BillingError } from '../common/billing-error.js';
import { type CancelSubscriptionDto } from './dto/cancel-subscription.dto.js';
import { type Subscription } from './subscription.entity.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionReader } from './subscription.reader.js';
import { type ScheduledEnd, SubscriptionGateway } from './subscription.gateway.js';
import { periodEnd } from './plan-item.mapper.js';
import { hasOtherIntervals, isScheduledToEnd } from './subscription-rules.js';
import { isLive } from './subscription-status.js';

/** Ends a subscription, now or later, and takes that back. */
@Injectable()
export class SubscriptionCancellation {
  constructor(
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly reader: SubscriptionReader,
    private readonly plans: PlansService,
  ) {}

  /** Cancelling what has ended, or is to end already, changes nothing. Returns the row as it is then. */
  async cancel(
    row: Subscription,
    { cancel_at_period_end: atPeriodEnd = true, reason }: CancelSubscriptionDto,
  ): Promise<Subscription> {
    const stripeId = row.stripeSubscriptionId;
    if (!isLive(row.status) || stripeId === null) return row;
    if (atPeriodEnd && row.status !== 'incomplete' && isScheduledToEnd(row)) return row;
    const contract = { stripeSubscriptionId: stripeId, invoiceId: row.latestStripeInvoiceId };
    if (row.status === 'incomplete') {
      await this.commands.discardIncomplete(contract);
      return this.reader.get(row.id);
    }
    if (row.hasPendingUpdate) await this.commands.dropPendingUpdate(contract);
    if (row.stripeScheduleId !== null) await this.commands.releaseSchedule(stripeId, row.stripeScheduleId);
    const cancelled = await this.unlessEnded(row, async () =>
      atPeriodEnd
        ? this.cancelAtPeriodEnd(row, stripeId, reason ?? undefined)
        : this.commands.cancelNow(stripeId, reason ?? undefined),
    );
    return cancelled ?? this.reader.get(row.id);
  }

  /**
   * Ends the subscription with the period of its plan. Where an add-on is paid more or less often, Stripe's flag would end
   * it with whichever period ends first.
   */
  private async cancelAtPeriodEnd(row: Subscription, stripeId: string, reason?: string): Promise<Subscription | null> {
    const cancel = (end: ScheduledEnd) =>
      this.commands.perform(stripeId, () => this.gateway.cancelLater(stripeId, end, reason));
    const known = hasOtherIntervals(row) ? await this.gateway.retrieve(stripeId) : null;
    const end = periodEnd(known?.object ?? null, this.plans.findPlan);
    const { subscription, row: cancelled } = await cancel(end);
    // An add-on of which the row did not know yet.
    const now = periodEnd(subscription, this.plans.findPlan);
    return end.cancel_at === now.cancel_at ? cancelled : (await cancel(now)).row;
  }

  /** A subscription that has ended at Stripe meanwhile is what was wanted. */
  private async unlessEnded(row: Subscription, work: () => Promise<Subscription | null>): Promise<Subscription | null> {
    try {
      return await work();
    } catch (error) {
      const refused = error instanceof BillingError && error.code === 'subscription_state';
      const now = refused ? await this.reader.get(row.id) : null;
      if (now === null || isLive(now.status)) throw error;
      return now;
    }
  }

  /** @throws BillingError not_scheduled_for_cancellation */
  async reactivate(row: Subscription): Promise<Subscription> {
    const stripeId = row.stripeSubscriptionId;
    if (!isLive(row.status)) {
      const ended = 'Subscription is not scheduled for cancellation: it has ended, so start a new one';
      throw new BillingError('not_scheduled_for_cancellation', ended);
    }
    if (stripeId === null || !isScheduledToEnd(row)) throw new BillingError('not_scheduled_for_cancellation');
    const reactivate = (flagged: boolean) =>
      this.commands.perform(stripeId, () => this.gateway.reactivate(stripeId, flagged));
    let performed = await reactivate(row.cancelAtPeriodEnd);
    // Stripe had it end by the other of the two, and the row did not know yet.
    if (performed.subscription.cancel_at !== null) performed = await reactivate(!row.cancelAtPeriodEnd);
    return performed.row ?? this.reader.get(row.id);
  }
}
