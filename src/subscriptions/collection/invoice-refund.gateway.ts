import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../../stripe/stripe-client.js';

/** Stripe's own shapes, for the files that carry them between gateway and mapper. */
export type PaidInvoice = Stripe.Invoice;
export type PaymentOfInvoice = Stripe.InvoicePayment;

/** Key in the metadata of a balance transaction: the invoice whose use of the balance it gives back. */
const RETURNS = 'returns_balance_of';

/** The Stripe calls that give back what an invoice took. */
@Injectable()
export class InvoiceRefundGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** All invoices of a subscription, newest first. */
  listInvoices(subscription: string): Promise<PaidInvoice[]> {
    return this.stripe.listAll((stripe, page, options) => stripe.invoices.list({ subscription, ...page }, options));
  }

  /** What an invoice was paid by, with its payment intents. */
  async listPaid(invoice: string): Promise<PaymentOfInvoice[]> {
    const payments = await this.stripe.listAll((stripe, page, options) =>
      stripe.invoicePayments.list({ invoice, ...page, expand: ['data.payment.payment_intent'] }, options),
    );
    return payments.filter(({ status }) => status === 'paid');
  }

  refund(idempotencyKey: string, params: Stripe.RefundCreateParams): Promise<StripeAnswer<Stripe.Refund>> {
    return this.stripe.write(idempotencyKey, (stripe, options) =>
      stripe.refunds.create({ ...params, reason: 'duplicate' }, options),
    );
  }

  void(invoice: string): Promise<StripeAnswer<Stripe.Invoice>> {
    return this.stripe.writeRepeatable((stripe, options) => stripe.invoices.voidInvoice(invoice, {}, options));
  }

  /** Sets a balance back to what it was before an invoice. The metadata tells a repetition that it was done. */
  async returnBalance(
    idempotencyKey: string,
    customer: string,
    used: number,
    { id, number, currency }: PaidInvoice,
  ): Promise<void> {
    const transactions = await this.stripe.listAll((stripe, page, options) =>
      stripe.customers.listBalanceTransactions(customer, page, options),
    );
    if (transactions.some(({ metadata }) => metadata?.[RETURNS] === id)) return;
    const description = `Balance used by invoice ${number ?? id}`;
    const transaction = { amount: -used, currency, description, metadata: { [RETURNS]: id } };
    await this.stripe.write(idempotencyKey, (stripe, options) =>
      stripe.customers.createBalanceTransaction(customer, transaction, options),
    );
  }
}
