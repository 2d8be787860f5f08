import { Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { type OnCommit } from '../sync/projection.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { InvoiceVoiding } from './collection/invoice-voiding.js';
import { type Subscription } from './subscription.entity.js';
import { type StripeSubscription, SubscriptionGateway } from './subscription.gateway.js';
import { SubscriptionProjection } from './subscription.projection.js';
import { SubscriptionScheduleGateway } from './schedules/subscription-schedule.gateway.js';
import { SubscriptionScheduleProjection } from './schedules/subscription-schedule.projection.js';
import { isLive, toSubscriptionStatus } from './subscription-status.js';

type Answer = StripeAnswer<StripeSubscription>;

/** What an abandoned first payment or upgrade is known by. */
export interface UnpaidContract {
  stripeSubscriptionId: string;
  invoiceId: string | null;
}

/** Stripe's answer, and the row that was written from it. */
export interface Performed {
  subscription: StripeSubscription;
  row: Subscription | null;
}

/** Changes of one subscription at Stripe, each mirrored as soon as Stripe has answered. */
@Injectable()
export class SubscriptionCommands {
  constructor(
    private readonly gateway: SubscriptionGateway,
    private readonly projection: SubscriptionProjection,
    private readonly schedules: SubscriptionScheduleGateway,
    private readonly scheduleProjection: SubscriptionScheduleProjection,
    private readonly voiding: InvoiceVoiding,
  ) {}

  /** Sends a request about a subscription and mirrors the answer; `onCommit` runs with the write. */
  async perform(stripeId: string | null, call: () => Promise<Answer>, onCommit?: OnCommit): Promise<Performed> {
    const ticket = await this.projection.beforeCommand(stripeId);
    const answer = await this.callOrRefresh(stripeId, call);
    const { row } = await this.projection.applyAnswer(ticket, answer, onCommit);
    return { subscription: answer.object, row };
  }

  /** Reads the subscription at Stripe and mirrors it; the row, if there is one. */
  async refresh(stripeId: string, onCommit?: OnCommit): Promise<Subscription | null> {
    return (await this.projection.refresh(stripeId, onCommit)).row;
  }

  /**
   * Ends a subscription. One that has ended at Stripe meanwhile is what was wanted: null.
   * Stripe's answer has `latest_invoice` in full.
   */
  async cancelNow(stripeId: string, comment?: string, onCommit?: OnCommit): Promise<Performed | null> {
    try {
      return await this.perform(stripeId, () => this.gateway.cancelNow(stripeId, comment), onCommit);
    } catch (error) {
      if (!(error instanceof BillingError) || error.code !== 'subscription_state') throw error;
      const { object } = await this.gateway.retrieve(stripeId);
      if (object !== null && isLive(toSubscriptionStatus(object.status))) throw error;
      return null;
    }
  }

  /**
   * Ends a subscription whose first payment was never made: its open invoice is voided first, so that it cannot be paid
   * afterwards.
   * @throws BillingError subscription_state when it was paid meanwhile
   */
  async discardIncomplete({ stripeSubscriptionId, invoiceId }: UnpaidContract, onCommit?: OnCommit): Promise<void> {
    const status = invoiceId === null ? null : await this.voidInvoice(invoiceId, stripeSubscriptionId);
    if (status === 'paid') {
      await this.refresh(stripeSubscriptionId);
      throw new BillingError('subscription_state', 'The subscription was paid meanwhile; look at it again');
    }
    await this.cancelNow(stripeSubscriptionId, undefined, onCommit);
  }

  /** Drops an upgrade that waits for its payment. False when it was paid meanwhile. */
  async dropPendingUpdate({ stripeSubscriptionId, invoiceId }: UnpaidContract): Promise<boolean> {
    const status = invoiceId === null ? null : await this.voidInvoice(invoiceId, null);
    await this.refresh(stripeSubscriptionId);
    return status !== 'paid';
  }

  /**
   * Voids an invoice and nothing with it: what else was on it is billed with the next one.
   * @param endingId subscription that ends with the invoice, and what was to be billed for it alone
   * @returns Stripe's status of the invoice: `paid` when it was paid before
   */
  voidInvoice(invoiceId: string, endingId: string | null): Promise<string | null> {
    return this.voiding.void(invoiceId, endingId);
  }

  /** Lets the plan stay as it is. */
  async releaseSchedule(stripeSubscriptionId: string, scheduleId: string, onCommit?: OnCommit): Promise<void> {
    const ticket = await this.scheduleProjection.beforeCommand(scheduleId);
    const answer = await this.schedules.release(scheduleId);
    if (answer === null) await this.scheduleProjection.refresh(scheduleId, onCommit);
    else await this.scheduleProjection.applyAnswer(ticket, answer, onCommit);
    await this.refresh(stripeSubscriptionId);
  }

  /** A change that Stripe refuses because the subscription is not what we thought: look again, then say so. */
  private async callOrRefresh(stripeId: string | null, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      const kind = classifyStripeError(error)?.kind;
      if (stripeId === null || (kind !== 'missing' && kind !== 'refused')) throw error;
      await this.refresh(stripeId);
      throw new BillingError('subscription_state', undefined, {}, error);
    }
  }
}
