import type Stripe from 'stripe';
import { dateFromEpochSeconds } from '../common/clock.js';
import { Money } from '../common/money.js';
import { type Columns } from '../sync/projection.js';
import { type Facts } from '../sync/write-listeners.js';
import { idOf } from '../stripe/values.js';
import { type InvoiceDto } from './dto/invoice.dto.js';
import { INVOICE_STATUSES, type Invoice, type InvoiceStatus } from './invoice.entity.js';

/** Stripe's status as ours. Stripe's list is open: a word that is not known yet is taken for money still owed. */
export function toInvoiceStatus(stripeStatus: string | null): InvoiceStatus {
  if (stripeStatus === null) return 'draft';
  return INVOICE_STATUSES.find((status) => status === stripeStatus) ?? 'open';
}

/** `sub_…` of the subscription that the invoice bills. */
export function subscriptionIdOf(invoice: Stripe.Invoice): string | null {
  return idOf(invoice.parent?.subscription_details?.subscription);
}

/** Stripe invoice → row. */
export function toInvoiceColumns(invoice: Stripe.Invoice, customerId: number): Columns<Invoice> {
  const { currency } = invoice;
  const owed = (minorUnits: number) => Money.fromMinorUnits(Math.max(0, minorUnits), currency).toColumn();
  return {
    customerId,
    stripeSubscriptionId: subscriptionIdOf(invoice),
    stripeInvoiceId: invoice.id,
    number: invoice.number,
    status: toInvoiceStatus(invoice.status),
    billingReason: invoice.billing_reason,
    total: Money.fromMinorUnits(invoice.total, currency).toColumn(),
    amountDue: owed(invoice.amount_due),
    amountPaid: owed(invoice.amount_paid),
    amountRemaining: owed(invoice.amount_remaining),
    currency,
    description: invoice.description,
    attemptCount: invoice.attempt_count,
    nextPaymentAttempt: dateFromEpochSeconds(invoice.next_payment_attempt),
    periodStart: dateFromEpochSeconds(invoice.period_start),
    periodEnd: dateFromEpochSeconds(invoice.period_end),
    dueDate: dateFromEpochSeconds(invoice.due_date),
    paidAt: dateFromEpochSeconds(invoice.status_transitions.paid_at),
    hostedInvoiceUrl: invoice.hosted_invoice_url ?? null,
    invoicePdf: invoice.invoice_pdf ?? null,
    issuedAt: new Date(invoice.created * 1000),
    deletedAt: null,
    metadata: invoice.metadata ?? {},
  };
}

/**
 * What a row of a draft holds that was deleted before it was known here: nothing of its content, which the snapshot may tell
 * in the words of another API version.
 * @param deleted seconds, Stripe's clock
 */
export function toDeletedDraft({ id }: Pick<Stripe.Invoice, 'id'>, customerId: number, deleted: number) {
  const none = Money.fromMinorUnits(0, 'usd').toColumn();
  const amounts = { total: none, amountDue: none, amountRemaining: none };
  return { customerId, stripeInvoiceId: id, status: 'draft' as const, ...amounts, issuedAt: new Date(deleted * 1000) };
}

/** Row → response. */
export function toInvoiceDto(row: Invoice): InvoiceDto {
  const amount = (decimal: string) => Money.fromDecimal(decimal, row.currency).toNumber();
  return {
    id: row.id,
    number: row.number,
    amount_due: amount(row.amountDue),
    amount_paid: amount(row.amountPaid),
    amount_remaining: amount(row.amountRemaining),
    currency: row.currency,
    status: row.status,
    description: row.description,
    subscription_id: row.subscriptionId,
    created: row.issuedAt.toISOString(),
    period_start: row.periodStart?.toISOString() ?? null,
    period_end: row.periodEnd?.toISOString() ?? null,
    due_date: row.dueDate?.toISOString() ?? null,
    paid_at: row.paidAt?.toISOString() ?? null,
    pdf: row.invoicePdf,
    hosted_url: row.hostedInvoiceUrl,
  };
}

/** Row → what events say of it: the response, and how often it was tried to collect it. */
export function toInvoiceFacts(row: Invoice): Facts {
  return {
    ...toInvoiceDto(row),
    stripe_invoice_id: row.stripeInvoiceId,
    attempt_count: row.attemptCount,
    next_payment_attempt: row.nextPaymentAttempt?.toISOString() ?? null,
  };
}

/**
 * Preview of the next invoice → what events say of it. Nothing here or at Stripe has its id.
 * @param source as it was delivered: of whatever shape
 */
export function toUpcomingInvoiceFacts(source: Partial<Stripe.Invoice>): Facts {
  const { amount_due: due, currency, next_payment_attempt: at, parent } = source;
  const isKnown = Number.isSafeInteger(due) && typeof currency === 'string' && /^[a-z]{3}$/.test(currency);
  const isMoment = typeof at === 'number' && Number.isInteger(at) && at > 0 && at < 4_102_444_800;
  return {
    amount_due: isKnown ? Money.fromMinorUnits(Number(due), currency).toNumber() : null,
    currency: isKnown ? currency : null,
    next_payment_attempt: isMoment ? new Date(at * 1000).toISOString() : null,
    stripe_subscription_id: idOf(parent?.subscription_details?.subscription),
  };
}
