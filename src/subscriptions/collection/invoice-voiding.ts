import { Injectable } from '@nestjs/common';
import { Customer } from '../../customers/customer.entity.js';
import { Transactions } from '../../database/transactions.js';
import { Operations } from '../../operations/operations.js';
import { type StripeOperation, subjectOf } from '../../operations/stripe-operation.entity.js';
import { idOf } from '../../stripe/values.js';
import { Doors } from '../../sync/doors.js';
import { InvoicePaymentGateway } from './invoice-payment.gateway.js';
import { type InvoiceItem, PendingItemsGateway } from './pending-items.gateway.js';

/** Voids invoices and nothing with them: what else was on one is billed with the next. */
@Injectable()
export class InvoiceVoiding {
  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly pendingItems: PendingItemsGateway,
    private readonly doors: Doors,
  ) {}

  /**
   * What is to be billed again is written down first: a process that died between the two calls would lose it.
   * @param endingId subscription that ends with the invoice, and what was to be billed for it alone
   * @returns Stripe's status of the invoice: `paid` when it was paid before
   */
  async void(invoiceId: string, endingId: string | null): Promise<string | null> {
    const others = await this.othersOn(invoiceId, endingId);
    if (others.length === 0) return this.voidAtStripe(invoiceId);
    const operation = await this.begin(invoiceId, endingId, others);
    try {
      const status = await this.voidAtStripe(invoiceId);
      if (status === 'void') await this.pendingItems.restore(others);
      if (operation !== null) await this.operations.complete(operation, invoiceId);
      return status;
    } catch (error) {
      if (operation !== null) await this.operations.release(operation);
      throw error;
    }
  }

  /** `items.restore`: has what went with a voided invoice wait for the next one again. */
  async restore(operation: StripeOperation): Promise<void> {
    const invoiceId = subjectOf(operation);
    if ((await this.invoicePayments.statusOf(invoiceId)) !== 'void')
      return this.operations.expire(operation, 'not_voided');
    const { ending } = operation.request;
    await this.pendingItems.restore(await this.othersOn(invoiceId, typeof ending === 'string' ? ending : null));
    await this.operations.complete(operation, invoiceId);
  }

  private async voidAtStripe(invoiceId: string): Promise<string | null> {
    return (await this.doors.perform('invoice', invoiceId, () => this.invoicePayments.void(invoiceId))).status;
  }

  private async othersOn(invoiceId: string, endingId: string | null): Promise<InvoiceItem[]> {
    const items = await this.pendingItems.listOn(invoiceId);
    return items.filter(
      ({ parent }) => endingId === null || idOf(parent?.subscription_details?.subscription) !== endingId,
    );
  }

  /** Null for a customer of whom there is no row. */
  private begin(
    invoiceId: string,
    endingId: string | null,
    [item]: readonly InvoiceItem[],
  ): Promise<StripeOperation | null> {
    return this.transactions.run(async (manager) => {
      const stripeCustomerId = idOf(item?.customer);
      const customer = stripeCustomerId === null ? null : await manager.findOneBy(Customer, { stripeCustomerId });
      if (customer === null) return null;
      return this.operations.begin(manager, {
        customerId: customer.id,
        kind: 'items.restore',
        subjectStripeId: invoiceId,
        request: { ending: endingId },
      });
    });
  }
}
