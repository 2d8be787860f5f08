import type Stripe from 'stripe';
import { Money } from '../common/money.js';
import { type Columns } from '../sync/projection.js';
import { type Facts } from '../sync/write-listeners.js';
import { expanded, idOf } from '../stripe/values.js';
import { paymentStatusOf } from './payment-status.js';
import { type Payment } from './payment.entity.js';

/** What a payment belongs to. */
export interface PaymentLink {
  /** Our id of the customer. */
  customerId: number;
  /** `in_…`; null for a payment without invoice. */
  stripeInvoiceId: string | null;
  /** Stripe's word for how its newest dispute stands; null for none. */
  disputeStatus: string | null;
}

/** Stripe payment intent with its latest charge expanded → row. */
export function toPaymentColumns(intent: Stripe.PaymentIntent, link: PaymentLink): Columns<Payment> {
  const charge = expanded(intent.latest_charge);
  const failure = intent.last_payment_error;
  const amountRefunded = Math.min(charge?.amount_refunded ?? 0, intent.amount);
  const money = (minorUnits: number) => Money.fromMinorUnits(minorUnits, intent.currency).toColumn();
  return {
    ...link,
    stripePaymentIntentId: intent.id,
    stripeChargeId: idOf(intent.latest_charge),
    amount: money(intent.amount),
    amountRefunded: money(amountRefunded),
    currency: intent.currency,
    status: paymentStatusOf({
      intentStatus: intent.status,
      lastAttemptFailed: failure !== null,
      amountCharged: charge?.amount_captured ?? intent.amount,
      amountRefunded,
    }),
    stripePaymentMethodId: idOf(intent.payment_method) ?? failure?.payment_method?.id ?? null,
    description: intent.description,
    failureCode: failure?.decline_code ?? failure?.code ?? null,
    errorCode: failure?.code ?? null,
    declineCode: failure?.decline_code ?? null,
    failureMessage: failure?.message ?? null,
    receiptUrl: charge?.receipt_url ?? null,
    metadata: intent.metadata,
  };
}

/** Row → what events say of it. */
export function toPaymentFacts(row: Payment): Facts {
  const amount = (decimal: string) => Money.fromDecimal(decimal, row.currency).toNumber();
  return {
    id: row.id,
    invoice_id: row.invoiceId,
    amount: amount(row.amount),
    amount_refunded: amount(row.amountRefunded),
    currency: row.currency,
    status: row.status,
    dispute_status: row.disputeStatus,
    stripe_payment_intent_id: row.stripePaymentIntentId,
    stripe_invoice_id: row.stripeInvoiceId,
  };
}
