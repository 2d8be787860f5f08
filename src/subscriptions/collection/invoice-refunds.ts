import { Injectable } from '@nestjs/common';
import { classifyStripeError, type StripeFailureKind } from '../../stripe/stripe-error.js';
import { idOf } from '../../stripe/values.js';
import { Doors } from '../../sync/doors.js';
import { InvoiceRefundGateway, type PaidInvoice, type PaymentOfInvoice } from './invoice-refund.gateway.js';
import { balanceUsed, type NotRefunded, refundOf } from './invoice-refund.mapper.js';

/** Asking again would change nothing. */
const FINAL: ReadonlySet<StripeFailureKind> = new Set(['refused', 'missing', 'card_declined']);

/** Gives back all that the invoices of a subscription took: each payment, and the customer's balance that was used. */
@Injectable()
export class InvoiceRefunds {
  constructor(
    private readonly gateway: InvoiceRefundGateway,
    private readonly doors: Doors,
  ) {}

  /**
   * Refunds what was paid and voids what is still open. May be repeated: nothing is given back twice.
   * @param keyStem of the idempotency keys
   * @returns what Stripe refuses for good, or cannot know how to give back: for a person to see to
   */
  async refundAll(stripeSubscriptionId: string, keyStem: string): Promise<NotRefunded[]> {
    const left: NotRefunded[] = [];
    for (const invoice of await this.gateway.listInvoices(stripeSubscriptionId))
      if (invoice.status !== 'draft' && invoice.status !== 'void')
        left.push(...(await this.refundInvoice(invoice, keyStem)));
    return left;
  }

  private async refundInvoice(invoice: PaidInvoice, keyStem: string): Promise<NotRefunded[]> {
    const { id, currency } = invoice;
    const payments = await this.gateway.listPaid(id);
    const left: NotRefunded[] = [];
    for (const payment of payments) {
      const refusal = await this.refund(payment, `${keyStem}:refund:${payment.id}`);
      if (refusal !== null) left.push({ invoice: id, amount: payment.amount_paid ?? 0, currency, reason: refusal });
    }
    const taken = invoice.amount_paid + (invoice.amount_paid_off_stripe ?? 0);
    const unknown = payments.reduce((rest, payment) => rest - (payment.amount_paid ?? 0), taken);
    if (unknown > 0) left.push({ invoice: id, amount: unknown, currency, reason: 'paid_out_of_band' });
    await this.giveBalanceBack(invoice, keyStem);
    return left;
  }

  /** Why it cannot be given back: Stripe refuses for good, as for a disputed charge. Null once it is refunded, now or before. */
  private async refund(payment: PaymentOfInvoice, idempotencyKey: string): Promise<string | null> {
    const params = refundOf(payment);
    if (params === null) return 'paid_out_of_band';
    const refusal = await this.unlessRefused(() =>
      this.doors.perform('refund', null, () => this.gateway.refund(idempotencyKey, params)),
    );
    return refusal === 'charge_already_refunded' ? null : refusal;
  }

  /** Voiding an open invoice does it by itself. */
  private async giveBalanceBack(invoice: PaidInvoice, keyStem: string): Promise<void> {
    const { id, status } = invoice;
    if (status === 'open') {
      await this.unlessRefused(() => this.doors.perform('invoice', id, () => this.gateway.void(id)));
      return;
    }
    const used = balanceUsed(invoice);
    const customer = idOf(invoice.customer);
    if (used !== 0 && customer !== null)
      await this.gateway.returnBalance(`${keyStem}:balance:${id}`, customer, used, invoice);
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
