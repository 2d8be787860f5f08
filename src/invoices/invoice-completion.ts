import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { BillingError } from '../common/billing-error.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation, subjectOf } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { InvoicePaymentGateway } from '../subscriptions/collection/invoice-payment.gateway.js';
import { type RequiredAction } from '../subscriptions/collection/required-action.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { type Invoice } from './invoice.entity.js';
import { type StripeInvoice } from './invoice.gateway.js';
import { InvoiceProjection } from './invoice.projection.js';
import { REQUIRES_ACTION, stripeIdOf } from './invoice-rules.js';

/** Reads what Stripe made of the payment of an invoice, mirrors it and finishes its operation. */
@Injectable()
export class InvoiceCompletion {
  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly projection: InvoiceProjection,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly commands: SubscriptionCommands,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly audit: AuditLog,
  ) {}

  /** Sends a request that pays an invoice, and mirrors the answer. */
  async finish(operation: StripeOperation, call: () => Promise<StripeAnswer<StripeInvoice>>): Promise<void> {
    const resultStripeId = subjectOf(operation);
    const ticket = await this.projection.beforeCommand(resultStripeId);
    await this.projection.applyAnswer(ticket, await call(), async (manager) => {
      await this.operations.close(manager, operation, { state: 'done', resultStripeId });
      await this.audit.write(manager, {
        action: 'invoice.paid',
        object: { type: 'invoice', id: resultStripeId },
        of: { customerId: operation.customerId },
      });
    });
  }

  /**
   * What follows from a paid invoice: its subscription goes on, and the card that was given pays from now on. The payment
   * stands whether or not that works.
   */
  async settle(
    { stripeSubscriptionId: stripeId }: Invoice,
    customer: StripeCustomer,
    card: string | null,
  ): Promise<void> {
    const isWanted = stripeId !== null || customer.defaultStripePaymentMethodId === null;
    try {
      if (card !== null && isWanted) await this.paymentMethods.setDefault(customer, card);
      if (stripeId !== null) await this.commands.refresh(stripeId);
    } catch (error) {
      if (classifyStripeError(error) === null && !(error instanceof BillingError)) throw error;
    }
  }

  /** Reads the invoice and its subscription at Stripe and mirrors them. */
  async refresh(
    of: Pick<Invoice, 'stripeInvoiceId' | 'stripeSubscriptionId'>,
  ): Promise<[Invoice | null, Subscription | null]> {
    const { stripeSubscriptionId } = of;
    const { row } = await this.projection.refresh(stripeIdOf(of));
    return [row, stripeSubscriptionId === null ? null : await this.commands.refresh(stripeSubscriptionId)];
  }

  /** What the customer has to confirm; the operation is finished with that. Null when the card was declined. */
  async findAction(operation: StripeOperation, row: Invoice): Promise<RequiredAction | null> {
    const { decline, clientSecret, paymentUrl } = await this.invoicePayments.find(stripeIdOf(row));
    if (decline !== null || clientSecret === null) return null;
    const resultStripeId = operation.subjectStripeId;
    await this.transactions.run((manager) =>
      this.operations.close(manager, operation, { state: 'done', resultStripeId, reason: REQUIRES_ACTION }),
    );
    return { requires_action: true, client_secret: clientSecret, payment_url: paymentUrl };
  }
}
