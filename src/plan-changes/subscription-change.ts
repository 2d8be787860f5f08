import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { BillingError } from '../common/billing-error.js';
import { CustomerReader } from '../customers/customer.reader.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { CustomerPaymentMethods, type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { OwedPayments } from '../payment-methods/owed-payments.js';
import { PlansService } from '../catalogue/plans.service.js';
import { type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { isPaying, kindOfChange, refuseByState, wantedPlan } from './plan-change.js';
import { PlanChangeNow } from './plan-change-now.js';
import { PlanChangeCompletion } from './plan-change-completion.js';
import { PlanSchedules } from '../subscriptions/schedules/plan-schedules.js';
import { NO_ACTION, type RequiredAction } from '../subscriptions/collection/required-action.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { stripeIdOf } from '../subscriptions/subscription-rules.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';

/** Changes the plan or the card of a subscription. */
@Injectable()
export class SubscriptionChange {
  constructor(
    private readonly customers: CustomerReader,
    private readonly plans: PlansService,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly commands: SubscriptionCommands,
    private readonly schedules: PlanSchedules,
    private readonly now: PlanChangeNow,
    private readonly completion: PlanChangeCompletion,
    private readonly owed: OwedPayments,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws BillingError invalid_tier, invalid_interval, nothing_to_update, invalid_payment_method, subscription_state,
   * scheduled_for_cancellation, not_in_catalogue, purchase_in_progress, card_declined, plan_unavailable
   */
  async change(row: Subscription, wish: UpdateSubscriptionDto): Promise<RequiredAction> {
    const plan = wantedPlan(row, wish, this.plans.catalogue);
    const changed = plan === null || plan === 'present' ? null : plan;
    const priceId = changed === null ? null : this.plans.priceIdOf(changed);
    const changesPlan = changed !== null;
    const dropsSchedule = plan === 'present' && row.stripeScheduleId !== null;
    const customer = await this.customerOf(row);
    const named = await this.resolveCard(customer, wish.payment_method_id);
    const card = named !== null && isPaying(named, row, customer) ? null : named;
    const cards = [named?.stripeId ?? null, card?.stripeId ?? null];
    const asked = plan === 'present' ? row.stripePriceId : priceId;
    const earlier = asked === null ? null : await this.completion.resume(row, asked, cards);
    if (earlier !== null) return earlier;
    if (!changesPlan && !dropsSchedule && card === null) throw new BillingError('nothing_to_update');
    refuseByState(row, changesPlan || dropsSchedule);
    if (changed !== null) this.plans.priceOnSale(changed);
    await this.dropPendingUpdate(row);
    if (changed === null || priceId === null) return this.keepPlan(row, customer, card, dropsSchedule);
    const kind = kindOfChange(row, changed, wish.when ?? 'period_end', this.plans.rankOf);
    if (kind !== 'downgrade_at_period_end')
      return this.now.change(row, customer, { kind, priceId, card, plan: changed });
    if (card !== null) await this.changeCard(customer, card);
    const noted = this.audit.with({
      action: 'subscription.change_scheduled',
      object: { type: 'subscription', id: stripeIdOf(row) },
      of: { customerId: row.customerId },
      before: { price: row.stripePriceId },
      after: { price: priceId },
    });
    await this.schedules.schedulePlan(stripeIdOf(row), row.stripeScheduleId, priceId, noted);
    return NO_ACTION;
  }

  private async keepPlan(
    row: Subscription,
    customer: StripeCustomer,
    card: ResolvedPaymentMethod | null,
    dropsSchedule: boolean,
  ): Promise<RequiredAction> {
    if (card !== null) await this.changeCard(customer, card);
    if (dropsSchedule && row.stripeScheduleId !== null)
      await this.commands.releaseSchedule(stripeIdOf(row), row.stripeScheduleId);
    return NO_ACTION;
  }

  /** A card becomes the customer's default, which pays every subscription. */
  private async changeCard(customer: StripeCustomer, card: ResolvedPaymentMethod): Promise<void> {
    const stripeId = card.attached
      ? card.stripeId
      : await this.paymentMethods.attach(customer, card.stripeId, randomUUID());
    await this.paymentMethods.setDefault(customer, stripeId);
    await this.owed.payWith(customer.id, stripeId);
  }

  private async resolveCard(
    customer: StripeCustomer,
    reference: string | number | undefined | null,
  ): Promise<ResolvedPaymentMethod | null> {
    return reference === undefined || reference === null ? null : this.paymentMethods.resolve(customer, reference);
  }

  private async dropPendingUpdate(row: Subscription): Promise<void> {
    if (!row.hasPendingUpdate) return;
    const contract = { stripeSubscriptionId: stripeIdOf(row), invoiceId: row.latestStripeInvoiceId };
    if (await this.commands.dropPendingUpdate(contract)) return;
    throw new BillingError('subscription_state', 'The last change was paid meanwhile; look at the subscription again');
  }

  private async customerOf(row: Subscription): Promise<StripeCustomer> {
    const customer = await this.customers.get(row.customerId);
    const { stripeCustomerId } = customer;
    if (stripeCustomerId === null || customer.deletedAt !== null) throw new BillingError('subscription_state');
    return Object.assign(customer, { stripeCustomerId });
  }
}
