import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { BillingError } from '../../common/billing-error.js';
import { Customer } from '../../customers/customer.entity.js';
import { Transactions } from '../../database/transactions.js';
import { Operations } from '../../operations/operations.js';
import { isDefinite, reasonOf } from '../../operations/refusal.js';
import { type StripeOperation, subjectOf } from '../../operations/stripe-operation.entity.js';
import { cardDeclined, classifyStripeError } from '../../stripe/stripe-error.js';
import { idOf } from '../../stripe/values.js';
import { InvoicePaymentGateway } from '../collection/invoice-payment.gateway.js';
import { NO_ACTION, type RequiredAction } from '../collection/required-action.js';
import { Subscription } from '../subscription.entity.js';
import { SubscriptionCommands } from '../subscription-commands.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscription.gateway.js';
import { toResumeParams } from './subscription-resumption.mapper.js';
import { refuseToResume, stripeIdOf } from '../subscription-rules.js';

/** Has a paused subscription go on: its new period is charged, and once that is paid it is active. */
@Injectable()
export class SubscriptionResumption {
  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly gateway: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws BillingError subscription_state, payment_method_required, purchase_in_progress; card_declined: it stays paused,
   * and its invoice is void
   */
  async resume(row: Subscription): Promise<RequiredAction> {
    const operation = await this.open(row);
    return this.operations.carryOut(operation, () => this.carryOut(operation, row));
  }

  /** `subscription.resume` whose process died: what Stripe made of it is mirrored. Nothing is sent a second time. */
  async recover(operation: StripeOperation): Promise<void> {
    const stripeId = subjectOf(operation);
    await this.commands.refresh(stripeId);
    const { object } = await this.gateway.retrieve(stripeId);
    if (object === null || operation.steps.resume === undefined)
      return this.operations.expire(operation, 'not_found_at_stripe');
    try {
      await this.finish(operation, object);
    } catch (error) {
      if (!isDefinite(error)) throw error;
      await this.operations.fail(operation, reasonOf(error));
    }
  }

  private open(row: Subscription): Promise<StripeOperation> {
    const { id, customerId } = row;
    return this.transactions.run(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const customer = await manager.findOneOrFail(Customer, { where: { id: customerId }, lock });
      const kind = 'subscription.resume' as const;
      const wanted = { customerId, kind, subjectStripeId: stripeIdOf(row), request: {} };
      return this.operations.beginExclusive(manager, wanted, async () => {
        const now = await manager.findOneByOrFail(Subscription, { id });
        refuseToResume(now, now.stripeDefaultPaymentMethodId ?? customer.defaultStripePaymentMethodId);
      });
    });
  }

  private async carryOut(operation: StripeOperation, row: Subscription): Promise<RequiredAction> {
    const stripeId = stripeIdOf(row);
    const params = operation.steps.resume ?? toResumeParams(...(await this.clear(stripeId)));
    const prepared = await this.operations.prepareStep(operation, 'resume', params);
    try {
      const { subscription } = await this.commands.perform(stripeId, () =>
        this.gateway.resume(Operations.stepKey(operation, 'resume'), stripeId, prepared),
      );
      return await this.finish(operation, subscription);
    } catch (error) {
      if (classifyStripeError(error)?.kind !== 'card_declined') throw error;
      const { object } = await this.gateway.retrieve(stripeId);
      if (object !== null) await this.finish(operation, object);
      throw error;
    }
  }

  /**
   * Makes sure that a subscription is paused for another reason than a payment that is still owed, and voids what an
   * earlier try to resume it left open.
   * @returns the subscription, and Stripe's time in seconds
   */
  private async clear(stripeId: string): Promise<[StripeSubscription, number]> {
    const { object, answeredAt } = await this.gateway.retrieve(stripeId);
    const paused = object?.status === 'paused' ? object.status_details?.paused : undefined;
    if (object?.status !== 'paused') return this.refuse(stripeId);
    const since = paused?.transitioned_at ?? 0;
    const open = await this.invoicePayments.listOpen(stripeId);
    const reason = paused?.subscription.type ?? '';
    if (reason.endsWith('_payment_failure') && open.some(({ created }) => created <= since))
      throw new BillingError('subscription_state', 'Pay the open invoice first, then resume the subscription');
    for (const { id, created } of open)
      if (created > since && (await this.commands.voidInvoice(id, null)) === 'paid') return this.refuse(stripeId);
    return [object, answeredAt];
  }

  private async refuse(stripeId: string): Promise<never> {
    await this.commands.refresh(stripeId);
    throw new BillingError('subscription_state', 'This subscription was changed meanwhile; look at it again');
  }

  /** @throws BillingError card_declined; the invoice is void and the subscription paused then */
  private async finish(operation: StripeOperation, subscription: StripeSubscription): Promise<RequiredAction> {
    const { id: resultStripeId, status, latest_invoice: latest } = subscription;
    const invoiceId = status === 'paused' ? idOf(latest) : null;
    const payment = invoiceId === null ? null : await this.invoicePayments.find(invoiceId);
    if (payment !== null && payment.decline !== null && invoiceId !== null) {
      await this.commands.voidInvoice(invoiceId, null);
      await this.commands.refresh(resultStripeId);
      throw cardDeclined(payment.decline, payment.decline.message);
    }
    await this.transactions.run(async (manager) => {
      await this.operations.close(manager, operation, { state: 'done', resultStripeId });
      await this.audit.write(manager, {
        action: 'subscription.resumed',
        object: { type: 'subscription', id: resultStripeId },
        of: { customerId: operation.customerId },
        after: { status },
      });
    });
    if (payment === null || payment.clientSecret === null) return NO_ACTION;
    return { requires_action: true, client_secret: payment.clientSecret, payment_url: payment.paymentUrl };
  }
}
