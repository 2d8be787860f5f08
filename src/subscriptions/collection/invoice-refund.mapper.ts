import type Stripe from 'stripe';
import { expanded, idOf } from '../../stripe/values.js';

/** What of an invoice could not be given back. */
export interface NotRefunded {
  /** Stripe id. */
  invoice: string;
  /** In minor units of the currency. */
  amount: number;
  currency: string;
  /** Stripe's error code; `paid_out_of_band`: the money never came through Stripe. */
  reason: string;
}

/**
 * How a paid payment of an invoice is refunded; null where the money did not come through Stripe.
 * @param payment with its payment intent expanded
 */
export function refundOf(payment: Stripe.InvoicePayment): Stripe.RefundCreateParams | null {
  const intent = idOf(payment.payment.payment_intent);
  const charge = idOf(payment.payment.charge);
  if (intent === null) return charge === null ? null : { charge };
  const { amount_received: received } = expanded(payment.payment.payment_intent) ?? {};
  const paid = payment.amount_paid;
  // The intent may have paid other invoices, too.
  const isPart = received !== undefined && paid !== null && paid < received;
  return isPart ? { payment_intent: intent, amount: paid } : { payment_intent: intent };
}

/**
 * What an invoice used of the customer's balance, in minor units: more than 0 for credit, less for what the customer owed
 * and paid with it.
 */
export function balanceUsed({
  starting_balance: before,
  ending_balance: after,
}: Pick<Stripe.Invoice, 'starting_balance' | 'ending_balance'>): number {
  return after === null ? 0 : after - before;
}
