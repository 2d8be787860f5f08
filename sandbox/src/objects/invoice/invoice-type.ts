import type Stripe from 'stripe';
import { type Context, withoutHidden } from '../../kernel/context.js';
import { type ReadContext, objectType } from '../../kernel/object-type.js';
import { type ListObject, type Stored, type Wire } from '../../wire.js';
import { invoicePayments } from '../invoice-payment/invoice-payment-type.js';
import { paymentIntents } from '../payment-intent/payment-intent-type.js';

/** The `payments` list of an invoice, which is shown only when expanded. */
function paymentsOf(invoice: Invoice, context: ReadContext): ListObject<unknown> {
  return {
    object: 'list',
    url: `/v1/invoice_payments?invoice=${invoice.id}`,
    has_more: false,
    data: context.objects(invoicePayments).where('invoice', invoice.id).reverse(),
  };
}

/** The `confirmation_secret` of an invoice, which is shown only when expanded: the secret of its payment intent. */
function confirmationSecretOf(invoice: Invoice, context: ReadContext): { client_secret: string; type: string } | null {
  const id = invoice.sandbox.payment_intent;
  const secret = id === null ? null : context.objects(paymentIntents).get(id)?.client_secret;
  return secret ? { client_secret: secret, type: 'payment_intent' } : null;
}

/** What the sandbox remembers about an invoice beside its fields. */
interface InvoiceState {
  /** The payment intent that collects it, from finalization on. */
  readonly payment_intent: string | null;
  /** The payment method of the last failed attempt and its decline code; null before. */
  readonly failed: { readonly payment_method: string | null; readonly decline_code: string | null } | null;
  /** True while failed attempts are followed by retries. */
  readonly retries: boolean;
  /** Names its hosted page; null before finalization. */
  readonly secret: string | null;
  /** For an invoice that is sent: days from finalization to the due date. */
  readonly days_until_due: number | null;
  /** True once its due date has passed unpaid. */
  readonly overdue: boolean;
  /** The invoice items that its lines come from. */
  readonly invoice_items: readonly string[];
}

export type Invoice = Stored<Stripe.Invoice, InvoiceState>;
export type InvoiceLine = Wire<Stripe.InvoiceLineItem>;

/** How many lines an invoice shows by itself; the others are on further pages of its own list. */
const SHOWN_LINES = 10;

function presentInvoice(invoice: Invoice): object {
  const shown = withoutHidden(invoice);
  const { lines } = invoice;
  if (lines.data.length <= SHOWN_LINES) return shown;
  return { ...shown, lines: { ...lines, data: lines.data.slice(0, SHOWN_LINES), has_more: true } };
}

export const invoices = objectType<Invoice>({
  object: 'invoice',
  prefix: 'in',
  indexes: {
    customer: (invoice) => invoice.customer,
    secret: (invoice) => invoice.sandbox.secret,
    subscription: (invoice) => subscriptionIdOf(invoice),
  },
  references: {
    customer: 'customer',
    default_payment_method: 'payment_method',
    discounts: 'discount',
    'parent.subscription_details.subscription': 'subscription',
    test_clock: 'test_helpers.test_clock',
    'total_discount_amounts.discount': 'discount',
  },
  includable: { payments: paymentsOf, confirmation_secret: confirmationSecretOf },
  present: presentInvoice,
});

/** Lines live inside their invoice; the type says what can be expanded in them. */
export const invoiceLines = objectType<InvoiceLine>({
  object: 'line_item',
  prefix: 'il',
  references: {
    discounts: 'discount',
    'discount_amounts.discount': 'discount',
    'pricing.price_details.price': 'price',
    subscription: 'subscription',
  },
});

/** The subscription that an invoice belongs to, if any. */
export function subscriptionIdOf(invoice: Invoice): string | null {
  return invoice.parent?.subscription_details?.subscription ?? null;
}

/** The invoice that a path names, and its test clock in use from here on. */
export function requireInvoice(context: Context, id: string, param?: string): Invoice {
  const invoice = context.objects(invoices).require(id, param);
  context.useTestClock(invoice.test_clock);
  return invoice;
}
