import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { StripeClient } from '../../stripe/stripe-client.js';
import { classifyStripeError, type StripeFailureKind } from '../../stripe/stripe-error.js';
import { idOf } from '../../stripe/values.js';
import { balanceUsed, type NotRefunded, refundOf } from './invoice-refund.mapper.js';

/** Key in the metadata of a balance transaction: the invoice whose use of the balance it gives back. */
const RETURNS = 'returns_balance_of';

/** Asking again would change nothing. */
const FINAL: ReadonlySet<StripeFailureKind> = new Set(['refused', 'missing', 'card_declined']);

/** Gives back all that the invoices of a subscription took: each payment, and the customer's balance that was used. */
@Injectable()
export class InvoiceRefundGateway {
  constructor(private readonly stripe: StripeClient) {}

  /**
   * Refunds what was paid and voids what is still open. May be repeated: nothing is given back twice.
   * @param keyStem of the idempotency keys
   * @returns what Stripe refuses for good, or cannot know how to give back: for a person to see to
   */
  async refundAll(stripeSubscriptionId: string, keyStem: string): Promise<NotRefunded[]> {
    const invoices = await this.stripe.listAll((stripe, page, options) =>
      stripe.invoices.list({ subscription: stripeSubscriptionId, ...page }, options),
    );
    const left: NotRefunded[] = [];
    for (const invoice of invoices.filter(({ status }) => status !== 'draft' && status !== 'void'))
      left.push(...(await this.refundInvoice(invoice, keyStem)));
    return left;
  }

  private async refundInvoice(invoice: Stripe.Invoice, keyStem: string): Promise<NotRefunded[]> {
    const { id, currency } = invoice;
    const payments = await this.listPaid(id);
    const left: NotRefunded[] = [];
    for (const payment of payments) {
      const refund = refundOf(payment);
      const refusal =
        refund === null ? 'paid_out_of_band' : await this.refund(refund, `${keyStem}:refund:${payment.id}`);
      if (refusal !== null) left.push({ invoice: id, amount: payment.amount_paid ?? 0, currency, reason: refusal });
    }
    const taken = invoice.amount_paid + (invoice.amount_paid_off_stripe ?? 0);
    const unknown = payments.reduce((rest, payment) => rest - (payment.amount_paid ?? 0), taken);
    if (unknown > 0) left.push({ invoice: id, amount: unknown, currency, reason: 'paid_out_of_band' });
    // Voiding gives the balance back by itself.
    if (invoice.status === 'open') await this.unlessRefused(() => this.void(id));
    else await this.returnBalance(invoice, keyStem);
    return left;
  }

  private async listPaid(invoice: string): Promise<Stripe.InvoicePayment[]> {
    const payments = await this.stripe.listAll((stripe, page, options) =>
      stripe.invoicePayments.list({ invoice, ...page, expand: ['data.payment.payment_intent'] }, options),
    );
    return payments.filter(({ status }) => status === 'paid');
  }

  /** Why Stripe refuses for good, as a disputed charge; null once it is refunded, now or before. */
  private async refund(params: Stripe.RefundCreateParams, idempotencyKey: string): Promise<string | null> {
    const refusal = await this.unlessRefused(() =>
      this.stripe.write(idempotencyKey, (stripe, options) =>
        stripe.refunds.create({ ...params, reason: 'duplicate' }, options),
      ),
    );
    return refusal === 'charge_already_refunded' ? null : refusal;
  }

  private void(invoice: string): Promise<unknown> {
    return this.stripe.writeRepeatable((stripe, options) => stripe.invoices.voidInvoice(invoice, {}, options));
  }

  /** Sets the balance back to what it was before the invoice. The metadata tells a repetition that it was done. */
  private async returnBalance(invoice: Stripe.Invoice, keyStem: string): Promise<void> {
    const used = balanceUsed(invoice);
    const customer = idOf(invoice.customer);
    if (used === 0 || customer === null) return;
    const transactions = await this.stripe.listAll((stripe, page, options) =>
      stripe.customers.listBalanceTransactions(customer, page, options),
    );
    if (transactions.some(({ metadata }) => metadata?.[RETURNS] === invoice.id)) return;
    await this.stripe.write(`${keyStem}:balance:${invoice.id}`, (stripe, options) =>
      stripe.customers.createBalanceTransaction(
        customer,
        {
          amount: -used,
          currency: invoice.currency,
          description: `Balance used by invoice ${invoice.number ?? invoice.id}`,
          metadata: { [RETURNS]: invoice.id },
        },
        options,
      ),
    );
  }

  private async unlessRefused(call: () => Promise<unknown>): Promise<string | null> {
    try {
      await call();
      return null;
    } catch (error) {
      const failure = classifyStripeError(error);
      if (failure === null || !FINAL.has(failure.kind)) throw error;
      return failure.code ?? failure.kind;
    }
  }
}
