import { type PaymentStatus } from './payment.entity.js';

/** What the status of a payment depends on: a payment intent and its latest charge. Amounts in minor units. */
export interface PaymentState {
  /** Stripe's status of the payment intent. */
  intentStatus: string;
  /** True when the last attempt failed and no new one was begun. */
  lastAttemptFailed: boolean;
  amountCharged: number;
  amountRefunded: number;
}

/** Stripe's list is open: a status that is not known yet counts as pending. */
export function paymentStatusOf(state: PaymentState): PaymentStatus {
  switch (state.intentStatus) {
    case 'succeeded':
      return refundedStatusOf(state);
    case 'processing':
      return 'processing';
    case 'canceled':
      return 'canceled';
    default:
      return state.lastAttemptFailed ? 'failed' : 'pending';
  }
}

function refundedStatusOf({ amountCharged, amountRefunded }: PaymentState): PaymentStatus {
  if (amountRefunded <= 0) return 'succeeded';
  return amountRefunded >= amountCharged ? 'refunded' : 'partially_refunded';
}
