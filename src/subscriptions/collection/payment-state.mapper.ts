import type Stripe from 'stripe';
import { type FindPlan } from '../../catalogue/plan-of-price.js';
import { dateFromEpochSeconds } from '../../common/clock.js';
import { type Invoice } from '../../invoices/invoice.entity.js';
import { type Payment } from '../../payments/payment.entity.js';
import { type Columns } from '../../sync/projection.js';
import { type PaymentProblemDto, type PaymentStateDto, type PendingChangeDto } from '../dto/payment-state.dto.js';
import { planIndexOf, referenceTo } from '../plan-item.mapper.js';
import { type Subscription } from '../subscription.entity.js';
import { type SubscriptionStatus } from '../subscription-status.js';

/** What is sold for a price; null for one that belongs to no plan. */
type FindSold = (priceId: string) => Pick<Subscription, 'tier' | 'interval'> | null;

/** Stripe subscription → what of it waits: an upgrade for its payment, the collection for a date. */
export function toWaitingColumns(
  {
    pending_update: pending,
    pause_collection: pause,
  }: Pick<Stripe.Subscription, 'pending_update' | 'pause_collection'>,
  findPlan: FindPlan,
): Columns<Subscription> {
  const prices = (pending?.subscription_items ?? []).map(({ price }) => referenceTo(price));
  return {
    hasPendingUpdate: pending !== null,
    pendingStripePriceId: prices[planIndexOf(prices, findPlan)]?.id ?? null,
    pendingUpdateExpiresAt: dateFromEpochSeconds(pending?.expires_at),
    pauseCollectionBehavior: pause?.behavior ?? null,
    collectionResumesAt: dateFromEpochSeconds(pause?.resumes_at),
  };
}

const WAITS_FOR_PAYMENT = new Set<SubscriptionStatus>(['past_due', 'unpaid', 'incomplete']);

/** True where the open invoice of a subscription says something about it. */
export function hasOpenPayment({ status, hasPendingUpdate }: Subscription): boolean {
  return WAITS_FOR_PAYMENT.has(status) || status === 'paused' || hasPendingUpdate;
}

/**
 * Row → what waits and what went wrong.
 * @param invoice the newest open one of the subscription
 * @param payment the newest one of that invoice
 */
export function toPaymentStateDto(
  row: Subscription,
  invoice: Invoice | null,
  payment: Payment | null,
  findSold: FindSold,
): PaymentStateDto {
  const fails = WAITS_FOR_PAYMENT.has(row.status) || (row.status === 'paused' && invoice !== null);
  return {
    payment_problem: fails ? toProblem(invoice, payment) : null,
    pending_change: row.hasPendingUpdate ? toPendingChange(row, invoice, findSold) : null,
    pause_collection:
      row.pauseCollectionBehavior === null
        ? null
        : { behavior: row.pauseCollectionBehavior, resumes_at: row.collectionResumesAt?.toISOString() ?? null },
    cancellation_reason: row.cancellationReason,
  };
}

function toProblem(invoice: Invoice | null, payment: Payment | null): PaymentProblemDto {
  return {
    code: codeOf(payment),
    decline_code: payment?.status === 'failed' ? payment.declineCode : null,
    next_attempt_at: invoice?.nextPaymentAttempt?.toISOString() ?? null,
    pay_url: invoice?.hostedInvoiceUrl ?? null,
    invoice_id: invoice?.id ?? null,
  };
}

function codeOf(payment: Payment | null): string {
  if (payment?.status === 'failed') return payment.errorCode ?? payment.failureCode ?? 'payment_required';
  if (payment?.status !== 'pending') return 'payment_required';
  return payment.stripePaymentMethodId === null ? 'payment_method_required' : 'authentication_required';
}

function toPendingChange(row: Subscription, invoice: Invoice | null, findSold: FindSold): PendingChangeDto {
  const { pendingStripePriceId: priceId, pendingUpdateExpiresAt: expiresAt } = row;
  const plan = priceId === null ? row : (findSold(priceId) ?? { tier: 'custom', interval: row.interval });
  return {
    tier: plan.tier,
    interval: plan.interval,
    payment_url: invoice?.hostedInvoiceUrl ?? null,
    invoice_id: invoice?.id ?? null,
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
