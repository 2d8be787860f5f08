import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { PlansService } from '../../catalogue/plans.service.js';
import { BillingError } from '../../common/billing-error.js';
import { CustomerGateway } from '../../customers/customer.gateway.js';
import { CustomerReader } from '../../customers/customer.reader.js';
import { hasCard, needsCard } from '../collection/collection.mapper.js';
import { AppConfig } from '../../config/app-config.js';
import { type CancelSubscriptionDto } from '../dto/cancel-subscription.dto.js';
import { type Subscription } from '../subscription.entity.js';
import { SubscriptionCommands } from '../subscription-commands.js';
import { SubscriptionReader } from '../subscription.reader.js';
import { type ScheduledEnd, SubscriptionGateway } from '../subscription.gateway.js';
import { periodEnd } from '../plan-item.mapper.js';
import { hasOtherIntervals, isScheduledToEnd } from '../subscription-rules.js';
import { isLive } from '../subscription-status.js';
import { type OnCommit } from '../../sync/projection.js';
import { UnpaidPeriod } from '../collection/unpaid-period.js';

const CARD_FOR_NEXT_INVOICE = 'Add a payment method first: without one the next invoice could not be paid';

/** Ends a subscription, now or later, and takes that back. */
@Injectable()
export class SubscriptionCancellation {
  constructor(
    private readonly config: AppConfig,
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly reader: SubscriptionReader,
    private readonly customers: CustomerReader,
    private readonly customerGateway: CustomerGateway,
    private readonly unpaidPeriod: UnpaidPeriod,
    private readonly plans: PlansService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Cancelling what has ended, or is to end already, changes nothing. Returns the row as it is then.
   * @throws BillingError subscription_state when it was paid meanwhile, or Stripe has it otherwise than we do
   */
  async cancel(
    row: Subscription,
    { cancel_at_period_end: atPeriodEnd = true, reason }: CancelSubscriptionDto,
  ): Promise<Subscription> {
    const stripeId = row.stripeSubscriptionId;
    if (!isLive(row.status) || stripeId === null) return row;
    if (atPeriodEnd && row.status !== 'incomplete' && isScheduledToEnd(row)) return row;
    const contract = { stripeSubscriptionId: stripeId, invoiceId: row.latestStripeInvoiceId };
    if (row.status === 'incomplete') {
      await this.commands.discardIncomplete(contract, this.noted(row, 'canceled'));
      return this.reader.get(row.id);
    }
    if (row.hasPendingUpdate) await this.commands.dropPendingUpdate(contract);
    if (row.stripeScheduleId !== null) await this.commands.releaseSchedule(stripeId, row.stripeScheduleId);
    if (!atPeriodEnd) await this.voidUnpaid(row);
    const cancelled = await this.unlessEnded(row, async () =>
      atPeriodEnd
        ? this.cancelAtPeriodEnd(row, stripeId, reason ?? undefined)
        : this.cancelNow(row, stripeId, reason ?? undefined),
    );
    return cancelled ?? this.reader.get(row.id);
  }

  private async voidUnpaid(row: Subscription): Promise<void> {
    if (owes(row) && this.voidsOpenInvoices()) await this.unpaidPeriod.voidInvoices(row);
  }

  /** A renewal may have been declined a moment ago, and the row not know yet: its invoice goes once Stripe has told of it. */
  private async cancelNow(row: Subscription, stripeId: string, reason?: string): Promise<Subscription | null> {
    const cancelled = await this.commands.cancelNow(stripeId, reason, this.noted(row, 'canceled'));
    const invoice = cancelled?.subscription.latest_invoice;
    const isOpen = typeof invoice === 'object' && invoice?.status === 'open';
    if (cancelled?.row != null && isOpen && this.voidsOpenInvoices()) {
      await this.unpaidPeriod.voidInvoices(cancelled.row);
    }
    return cancelled?.row ?? null;
  }

  private voidsOpenInvoices(): boolean {
    return this.config.env.CANCEL_OPEN_INVOICES === 'void';
  }

  /**
   * Ends the subscription with the period of its plan. Where an add-on is paid more or less often, Stripe's flag would end
   * it with whichever period ends first.
   */
  private async cancelAtPeriodEnd(row: Subscription, stripeId: string, reason?: string): Promise<Subscription | null> {
    const cancel = (end: ScheduledEnd, noted?: OnCommit) =>
      this.commands.perform(stripeId, () => this.gateway.cancelLater(stripeId, end, reason), noted);
    const known = hasOtherIntervals(row) ? await this.gateway.retrieve(stripeId) : null;
    const end = periodEnd(known?.object ?? null, this.plans.findPlan);
    const { subscription, row: cancelled } = await cancel(end, this.noted(row, 'cancellation_scheduled'));
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

  /** @throws BillingError not_scheduled_for_cancellation, payment_method_required */
  async reactivate(row: Subscription): Promise<Subscription> {
    const stripeId = row.stripeSubscriptionId;
    if (!isLive(row.status)) {
      const ended = 'Subscription is not scheduled for cancellation: it has ended, so start a new one';
      throw new BillingError('not_scheduled_for_cancellation', ended);
    }
    if (stripeId === null || !isScheduledToEnd(row)) throw new BillingError('not_scheduled_for_cancellation');
    await this.refuseWithoutCard(row, stripeId);
    const reactivate = (flagged: boolean, noted?: OnCommit) =>
      this.commands.perform(stripeId, () => this.gateway.reactivate(stripeId, flagged), noted);
    let performed = await reactivate(row.cancelAtPeriodEnd, this.noted(row, 'reactivated'));
    // Stripe had it end by the other of the two, and the row did not know yet.
    if (performed.subscription.cancel_at !== null) performed = await reactivate(!row.cancelAtPeriodEnd);
    return performed.row ?? this.reader.get(row.id);
  }

  private noted(row: Subscription, what: 'canceled' | 'cancellation_scheduled' | 'reactivated'): OnCommit {
    const { stripeSubscriptionId, customerId, status, cancelAt } = row;
    return this.audit.with({
      action: `subscription.${what}`,
      object: { type: 'subscription', id: stripeSubscriptionId ?? row.id },
      of: { customerId },
      before: { status, cancel_at: cancelAt?.toISOString() ?? null },
    });
  }

  /** The only card may be removed while a subscription is to end. Stripe is asked where no card is known here. */
  private async refuseWithoutCard(row: Subscription, stripeId: string): Promise<void> {
    if (row.stripeDefaultPaymentMethodId !== null) return;
    const { defaultStripePaymentMethodId, stripeCustomerId } = await this.customers.get(row.customerId);
    if (defaultStripePaymentMethodId !== null || stripeCustomerId === null) return;
    const { object: subscription } = await this.gateway.retrieve(stripeId);
    if (subscription === null || !needsCard(subscription)) return;
    const { object: customer } = await this.customerGateway.retrieve(stripeCustomerId);
    if (customer !== null && hasCard(customer, subscription)) return;
    throw new BillingError('payment_method_required', CARD_FOR_NEXT_INVOICE);
  }
}

function owes({ status }: Subscription): boolean {
  return status === 'past_due' || status === 'unpaid';
}
