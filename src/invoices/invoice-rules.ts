import { BillingError } from '../common/billing-error.js';
import { type Invoice } from './invoice.entity.js';

/** Why the operation of a payment ended that waits for its customer's confirmation. */
export const REQUIRES_ACTION = 'requires_action';

/**
 * `in_…` of a row.
 * @throws BillingError invoice_state for one that stands for no invoice at Stripe
 */
export function stripeIdOf({ stripeInvoiceId }: Pick<Invoice, 'stripeInvoiceId'>): string {
  if (stripeInvoiceId === null) throw new BillingError('invoice_state');
  return stripeInvoiceId;
}

/**
 * Whether an invoice can be paid: one that is open, or was written off.
 * @throws BillingError invoice_state
 */
export function refuseByState({ status, deletedAt }: Pick<Invoice, 'status' | 'deletedAt'>): void {
  if (deletedAt === null && (status === 'open' || status === 'uncollectible')) return;
  if (status === 'paid') throw new BillingError('invoice_state', 'This invoice has already been paid');
  throw new BillingError('invoice_state', 'This invoice is void, so there is nothing to pay');
}
