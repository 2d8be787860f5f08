import type Stripe from 'stripe';
import { type PriceKnowledge } from '../../catalogue/plan-of-price.js';
import { dateFromEpochSeconds } from '../../common/clock.js';
import { storableInteger } from '../../common/storable.js';
import { type Invoice } from '../../invoices/invoice.entity.js';
import { type Payment } from '../../payments/payment.entity.js';
import { type Columns } from '../../sync/projection.js';
import { type PaymentProblemDto, type PaymentStateDto, type PendingChangeDto } from '../dto/payment-state.dto.js';
import { type Subscription } from '../subscription.entity.js';
import { addOnsOf, addOnsOfRow, quantityOf, sortItems, toAddOnChoiceDto } from '../subscription-items.mapper.js';
import { type SubscriptionStatus } from '../subscription-status.js';

/** What is sold for a price; null for one that belongs to no plan. */
type FindPriced = (priceId: string) => Pick<Subscription, 'tier' | 'interval' | 'intervalCount'> | null;

/** Stripe subscription → what of it waits: an upgrade for its payment, the collection for a date. */
export function toWaitingColumns(
  {
    pending_update: pending,
    pause_collection: pause,
  }: Pick<Stripe.Subscription, 'pending_update' | 'pause_collection'>,
  knowledge: PriceKnowledge,
): Columns<Subscription> {
  const items = pending?.subscription_items ?? [];
  const sorted = sortItems(items, knowledge);
  return {
    hasPendingUpdate: pending !== null,
    pendingStripePriceId: sorted.plan?.price.id ?? null,
    pendingQuantity: items.length === 0 ? null : storableInteger(quantityOf(sorted)),
    pendingAddOns: items.length === 0 ? null : addOnsOf(sorted),
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
  findPriced: FindPriced,
): PaymentStateDto {
  const fails = WAITS_FOR_PAYMENT.has(row.status) || (row.status === 'paused' && invoice !== null);
  return {
    payment_problem: fails ? toProblem(invoice, payment) : null,
    pending_change: row.hasPendingUpdate ? toPendingChange(row, invoice, findPriced) : null,
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

function toPendingChange(row: Subscription, invoice: Invoice | null, findPriced: FindPriced): PendingChangeDto {
  const { pendingStripePriceId: priceId, pendingUpdateExpiresAt: expiresAt } = row;
  const plan = priceId === null ? row : (findPriced(priceId) ?? { ...row, tier: 'custom' });
  return {
    tier: plan.tier,
    interval: plan.interval,
    interval_count: plan.intervalCount,
    quantity: row.pendingQuantity ?? row.quantity,
    add_ons: (row.pendingAddOns ?? addOnsOfRow(row)).map(toAddOnChoiceDto),
    payment_url: invoice?.hostedInvoiceUrl ?? null,
    invoice_id: invoice?.id ?? null,
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
