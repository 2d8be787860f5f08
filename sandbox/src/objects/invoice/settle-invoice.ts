import { type Context } from '../../kernel/context.js';
import { invoicePayments } from '../invoice-payment/invoice-payment-type.js';
import { type PaymentIntent } from '../payment-intent/payment-intent-type.js';
import { afterInvoicePaid } from '../subscription/after-invoice.js';
import { type Invoice, invoices } from './invoice-type.js';
import { storeInvoice } from './save-invoice.js';

/** How an invoice was paid. */
export interface Settlement {
  /** The payment method that paid it; null when nothing was due or it was paid out of band. */
  readonly paymentMethod: string | null;
  readonly outOfBand?: boolean;
}

/** Makes an open invoice a paid one, with its events, and tells its subscription. */
export function settleInvoice(
  context: Context,
  invoice: Invoice,
  settlement: Settlement = { paymentMethod: null },
): Invoice {
  const paid: Invoice = {
    ...invoice,
    amount_paid: settlement.outOfBand === true ? 0 : invoice.amount_due,
    ...(settlement.outOfBand === true ? { amount_paid_off_stripe: invoice.amount_due } : {}),
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'paid',
    status_transitions: { ...invoice.status_transitions, paid_at: context.now() },
  };
  storeInvoice(context, paid);
  context.emitUpdated('invoice.updated', invoice, paid);
  context.emit('invoice.paid', paid);
  if (settlement.outOfBand !== true) context.emit('invoice.payment_succeeded', paid);
  afterInvoicePaid(context, paid, settlement.paymentMethod);
  return context.objects(invoices).require(paid.id);
}

/** The payment intent of an invoice was paid: so are its invoice payment and the invoice itself. */
export function settlePayment(context: Context, invoice: Invoice, intent: PaymentIntent): Invoice {
  for (const payment of context.objects(invoicePayments).where('payment_intent', intent.id)) {
    const paid = context.objects(invoicePayments).update(payment.id, {
      amount_paid: intent.amount_received,
      status: 'paid',
      status_transitions: { canceled_at: null, paid_at: context.now() },
    });
    context.emit('invoice_payment.paid', paid);
  }
  return settleInvoice(context, invoice, { paymentMethod: intent.payment_method });
}
