import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { isDefinite, reasonOf } from '../operations/refusal.js';
import { type StripeOperation, subjectOf } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { InvoicePaymentGateway } from '../subscriptions/collection/invoice-payment.gateway.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { InvoiceCompletion } from './invoice-completion.js';
import { Invoice } from './invoice.entity.js';
import { InvoiceGateway } from './invoice.gateway.js';

/** Does at Stripe what is due about invoices without a request: after a crash, with a new card, after 3-D Secure. */
@Injectable()
export class InvoiceFollowUps {
  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly gateway: InvoiceGateway,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly completion: InvoiceCompletion,
  ) {}

  /** `invoice.pay` whose process died: what Stripe made of it is mirrored. Nothing is sent a second time. */
  async recover(operation: StripeOperation): Promise<void> {
    const [row, customer] = await this.find(operation);
    if (row === null || customer === null) return this.operations.expire(operation, 'not_found_at_stripe');
    const card = cardOf(operation.steps.pay);
    const [now] = await this.completion.refresh(row);
    if (now?.status === 'paid') {
      await this.completion.settle(now, customer, card);
      return this.operations.complete(operation, subjectOf(operation));
    }
    if (operation.steps.pay !== undefined && (await this.completion.findAction(operation, row)) !== null) return;
    if (operation.steps.attach !== undefined)
      await this.paymentMethods.detachNew(card ?? cardOf(operation.steps.attach));
    await this.operations.expire(operation, 'not_found_at_stripe');
  }

  /**
   * `invoice.collect`: the new default card pays the newest open invoice of each subscription that waits for its payment.
   * Declined, the invoice stays open as it was.
   */
  async collect(operation: StripeOperation): Promise<void> {
    const card = subjectOf(operation);
    for (const { stripeSubscriptionId } of await this.listUnpaid(operation.customerId)) {
      const [newest] = stripeSubscriptionId === null ? [] : await this.invoicePayments.listOpen(stripeSubscriptionId);
      if (newest === undefined || !newest.isCharged) continue;
      const row = { stripeInvoiceId: newest.id, stripeSubscriptionId };
      try {
        const key = Operations.stepKey(operation, newest.id);
        await this.gateway.pay(key, newest.id, { payment_method: card, off_session: true });
      } catch (error) {
        if (!isDefinite(error)) throw error;
        await this.completion.refresh(row);
        return this.operations.fail(operation, reasonOf(error));
      }
      await this.completion.refresh(row);
    }
    await this.operations.complete(operation, card);
  }

  /** `invoice.use_card`: the card of a payment that its customer has confirmed pays from now on. */
  async useCard(operation: StripeOperation): Promise<void> {
    const [row, customer] = await this.find(operation);
    const card = cardOf(operation.request);
    const paid = await this.invoicePayments.findPayingCard(subjectOf(operation));
    if (row !== null && customer !== null && card !== null && paid === card)
      await this.completion.settle(row, customer, card);
    await this.operations.complete(operation, subjectOf(operation));
  }

  private listUnpaid(customerId: number): Promise<Subscription[]> {
    return this.transactions.withoutTransaction((manager) =>
      manager.findBy(Subscription, { customerId, status: In(['past_due', 'unpaid']) }),
    );
  }

  private find(operation: StripeOperation): Promise<[Invoice | null, StripeCustomer | null]> {
    return this.transactions.withoutTransaction(async (manager) => {
      const row = await manager.findOneBy(Invoice, { stripeInvoiceId: subjectOf(operation) });
      const customer = await manager.findOneBy(Customer, { id: operation.customerId });
      if (customer === null || customer.stripeCustomerId === null || customer.deletedAt !== null) return [row, null];
      const { stripeCustomerId } = customer;
      return [row, Object.assign(customer, { stripeCustomerId })];
    });
  }
}

function cardOf(step: Record<string, unknown> | undefined): string | null {
  const card = step?.payment_method;
  return typeof card === 'string' ? card : null;
}
