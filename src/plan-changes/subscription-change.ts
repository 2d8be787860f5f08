import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { BillingError } from '../common/billing-error.js';
import { CustomerReader } from '../customers/customer.reader.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { CustomerPaymentMethods, type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { Operations } from '../operations/operations.js';
import { OwedPayments } from '../payment-methods/owed-payments.js';
import { PlansService } from '../catalogue/plans.service.js';
import { type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { ChangePlanner, type PlannedChange } from './change-planner.js';
import { isPaying, refuseByState } from './plan-change.js';
import { PlanChangeNow } from './plan-change-now.js';
import { PlanChangeCompletion } from './plan-change-completion.js';
import { PlanSchedules } from '../subscriptions/schedules/plan-schedules.js';
import { NO_ACTION, type RequiredAction } from '../subscriptions/collection/required-action.js';
import { type SubscriptionResultDto } from '../subscriptions/dto/subscription-result.dto.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { stripeIdOf } from '../subscriptions/subscription-rules.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';

/** What came of a change. */
export type ChangeOutcome = RequiredAction & Pick<SubscriptionResultDto, 'billed_with_next_invoice'>;

/** Changes of seats and add-ons in 24 hours that are invoiced each by itself. */
const MOST_INVOICED_A_DAY = 5;

/** Changes plan, seats, add-ons or the card of a subscription. */
@Injectable()
export class SubscriptionChange {
  constructor(
    private readonly customers: CustomerReader,
    private readonly plans: PlansService,
    private readonly planner: ChangePlanner,
    private readonly operations: Operations,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly commands: SubscriptionCommands,
    private readonly schedules: PlanSchedules,
    private readonly now: PlanChangeNow,
    private readonly completion: PlanChangeCompletion,
    private readonly owed: OwedPayments,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param sameIsFine nothing to change is no mistake
   * @throws BillingError invalid_tier, invalid_interval, invalid_add_on, validation_failed, nothing_to_update,
   * invalid_payment_method, subscription_state, scheduled_for_cancellation, not_in_catalogue, add_on_does_not_fit, seats_in_use, currency_fixed,
   * purchase_in_progress, card_declined, plan_unavailable
   */
  async change(given: Subscription, wish: UpdateSubscriptionDto, sameIsFine = false): Promise<ChangeOutcome> {
    const planned = await this.planner.plan(given, wish);
    const { row, keepsPlan, isNow, changesLater } = planned;
    const customer = await this.customerOf(row);
    const named = await this.resolveCard(customer, wish.payment_method_id);
    const card = named !== null && isPaying(named, row, customer) ? null : named;
    const earlier = await this.resume(planned, [named?.stripeId ?? null, card?.stripeId ?? null]);
    if (earlier !== null) return earlier;
    const dropsSchedule = keepsPlan && row.stripeScheduleId !== null;
    const changes = isNow || changesLater || dropsSchedule;
    const drops = sameIsFine && row.hasPendingUpdate;
    if (!changes && card === null && !drops) {
      if (sameIsFine) return NO_ACTION;
      throw new BillingError('nothing_to_update');
    }
    refuseByState(row, changes || drops);
    if (planned.changed !== null) this.plans.priceOnSale(planned.changed);
    await this.dropPendingUpdate(row);
    if (isNow) return this.changeNow(planned, customer, card);
    if (card !== null) await this.changeCard(customer, card);
    if (changesLater || dropsSchedule) await this.changeLater(planned);
    return NO_ACTION;
  }

  /** Finishes an earlier try of the same change whose answer was lost. */
  private async resume(planned: PlannedChange, cards: readonly (string | null)[]): Promise<RequiredAction | null> {
    const { row, changed, keepsPlan, asksParts, steps, target } = planned;
    if (changed === null && !keepsPlan && !asksParts) return null;
    const items = target.lines.map(({ price, quantity }) => [price, quantity]);
    return this.completion.resume(row, { price: steps.now.price, items }, cards);
  }

  private async changeNow(
    { row, changed, steps, target }: PlannedChange,
    customer: StripeCustomer,
    card: ResolvedPaymentMethod | null,
  ): Promise<ChangeOutcome> {
    const { kind, now, later } = steps;
    const changesPeriod =
      changed !== null && (changed.interval !== row.interval || changed.intervalCount !== row.intervalCount);
    const isLimited = changed === null && kind !== 'in_trial';
    const waitsForInvoice = isLimited && (await this.hasManyChanges(row));
    const change = { kind, priceId: now.price, target, changesPeriod, card, waitsForInvoice, later };
    const action = await this.now.change(row, customer, change);
    return waitsForInvoice ? { ...action, billed_with_next_invoice: true } : action;
  }

  /** Stripe makes 20 invoices a day for a subscription, and 10 a minute (https://docs.stripe.com/rate-limits). */
  private async hasManyChanges(row: Subscription): Promise<boolean> {
    const made = await this.operations.countOfToday('subscription.change_plan', stripeIdOf(row));
    return made >= MOST_INVOICED_A_DAY;
  }

  private async changeLater({ row, steps: { later } }: PlannedChange): Promise<void> {
    if (later !== null) {
      const noted = this.audit.with({
        action: 'subscription.change_scheduled',
        object: { type: 'subscription', id: stripeIdOf(row) },
        of: { customerId: row.customerId },
        before: { price: row.stripePriceId, quantity: row.quantity },
        after: { price: later.price, quantity: later.quantity },
      });
      await this.schedules.schedulePlan(stripeIdOf(row), row.stripeScheduleId, later, noted);
    } else if (row.stripeScheduleId !== null)
      await this.commands.releaseSchedule(stripeIdOf(row), row.stripeScheduleId);
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
