import type Stripe from 'stripe';
import { Money } from '../common/money.js';
import { type Columns } from '../sync/projection.js';
import { type Refund, REFUND_STATUSES, type RefundStatus } from './refund.entity.js';

/** Stripe's status as ours. Stripe's list is open: none, or one that is not known yet, counts as pending. */
export function toRefundStatus(stripeStatus: string | null): RefundStatus {
  return REFUND_STATUSES.find((status) => status === stripeStatus) ?? 'pending';
}

/** Stripe refund → row. */
export function toRefundColumns(refund: Stripe.Refund, paymentId: number): Columns<Refund> {
  return {
    paymentId,
    stripeRefundId: refund.id,
    amount: Money.fromMinorUnits(refund.amount, refund.currency).toColumn(),
    currency: refund.currency,
    status: toRefundStatus(refund.status),
    reason: refund.reason,
    failureReason: refund.failure_reason ?? null,
    receiptNumber: refund.receipt_number,
    metadata: refund.metadata ?? {},
  };
}
