import { type Context } from '../../kernel/context.js';
import { type Customer } from '../customer/customer-type.js';
import { type Subscription } from '../subscription/subscription-type.js';
import { type AppliedDiscounts, withLines } from './compute-invoice-totals.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';

/** What a new invoice is made of. */
export interface InvoiceDraft {
  readonly customer: Customer;
  readonly subscription: Subscription | null;
  readonly billingReason: string;
  readonly currency: string;
  readonly lines: readonly InvoiceLine[];
  readonly discounts: AppliedDiscounts;
  /** The time that the invoice looks back on. */
  readonly period: { readonly start: number; readonly end: number };
  readonly prorationDate?: number;
}

/** Seconds that a draft stays open for changes before it is finalized by itself. */
export const DRAFT_SECONDS = 3_600;

/** What an invoice takes over from its customer. */
function customerFields(customer: Customer) {
  return {
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: customer.shipping,
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    customer_tax_ids: [],
    starting_balance: customer.balance,
  } satisfies Partial<Invoice>;
}

/** What an invoice takes over from its subscription. */
function subscriptionFields(subscription: Subscription | null, prorationDate: number | undefined) {
  const settings = subscription?.invoice_settings;
  return {
    collection_method: subscription?.collection_method ?? 'charge_automatically',
    custom_fields: settings?.custom_fields ?? null,
    default_payment_method: null,
    description: settings?.description ?? null,
    footer: settings?.footer ?? null,
    metadata: {},
    parent:
      subscription === null
        ? null
        : {
            type: 'subscription_details',
            quote_details: null,
            subscription_details: {
              metadata: subscription.metadata,
              subscription: subscription.id,
              ...(prorationDate === undefined ? {} : { subscription_proration_date: prorationDate }),
            },
          },
    test_clock: subscription?.test_clock ?? null,
  } satisfies Partial<Invoice>;
}

/** The fields of every new invoice. */
const EMPTY = {
  account_country: 'US',
  account_name: 'Stripe sandbox',
  account_tax_ids: null,
  amount_due: 0,
  amount_overpaid: 0,
  amount_paid: 0,
  amount_remaining: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: false,
  auto_advance: true,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  default_source: null,
  default_tax_rates: [],
  due_date: null,
  effective_at: null,
  ending_balance: null,
  from_invoice: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  next_payment_attempt: null,
  number: null,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  status: 'draft',
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  total_taxes: [],
  webhooks_delivered_at: null,
} satisfies Partial<Invoice>;

/** A new draft, not stored: `context` only gives it an id and the time. */
export function draftInvoice(context: Context, draft: InvoiceDraft): Invoice {
  const id = context.newId('in');
  const now = context.now();
  // The named fields come first: V8 takes thirty times as long to add them to an object that began with a spread.
  const blank: Invoice = {
    id,
    object: 'invoice',
    automatically_finalizes_at: now + DRAFT_SECONDS,
    billing_reason: draft.billingReason,
    created: now,
    currency: draft.currency,
    discounts: draft.discounts.invoice.map((discount) => discount.id),
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    period_start: draft.period.start,
    period_end: draft.period.end,
    subtotal: 0,
    subtotal_excluding_tax: 0,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    sandbox: {
      payment_intent: null,
      failed: null,
      retries: false,
      secret: null,
      days_until_due: draft.subscription?.days_until_due ?? null,
      overdue: false,
      invoice_items: [],
    },
    ...EMPTY,
    ...customerFields(draft.customer),
    ...subscriptionFields(draft.subscription, draft.prorationDate),
  };
  return withLines(blank, draft.lines, draft.discounts);
}
