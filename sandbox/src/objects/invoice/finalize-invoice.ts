import { type Context } from '../../kernel/context.js';
import { SECONDS_PER_DAY } from '../../rules/billing-cycle.js';
import { minimumCharge } from '../../rules/currencies.js';
import { changeBalance } from '../customer-balance-transaction/change-balance.js';
import { customers } from '../customer/customer-type.js';
import { balanceAfter, withBalance } from './compute-invoice-totals.js';
import { openPayment } from './invoice-collection.js';
import { type Invoice } from './invoice-type.js';
import { withLatestUsage } from './latest-usage.js';
import { settleInvoice } from './settle-invoice.js';

const DEFAULT_DAYS_UNTIL_DUE = 30;

/** Takes the next number of the customer's own sequence, e.g. `4F2A9B1C-0001`. */
function nextNumber(context: Context, customerId: string): string {
  const customer = context.objects(customers).require(customerId);
  const sequence = customer.next_invoice_sequence ?? 1;
  context.objects(customers).update(customer.id, { next_invoice_sequence: sequence + 1 });
  return `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`;
}

/** Uses the customer's balance for the invoice, or adds to it what the invoice gives back. */
function applyBalance(context: Context, invoice: Invoice): Invoice {
  const customer = context.objects(customers).require(invoice.customer ?? '');
  const current = withBalance({ ...invoice, starting_balance: customer.balance });
  const ending = balanceAfter(current.total, customer.balance);
  const change = ending - customer.balance;
  if (change !== 0) {
    const { currency, id } = current;
    changeBalance(context, customer.id, { amount: change, currency, type: 'applied_to_invoice', invoice: id });
  }
  return { ...current, ending_balance: ending };
}

/** Carries what is too little to be charged over to the customer's balance. */
function carryOver(context: Context, invoice: Invoice): Invoice {
  const { amount_due, currency, id } = invoice;
  if (amount_due === 0 || amount_due >= minimumCharge(currency)) return invoice;
  changeBalance(context, invoice.customer ?? '', {
    amount: amount_due,
    currency,
    type: 'invoice_too_small',
    invoice: id,
  });
  return {
    ...invoice,
    amount_due: 0,
    amount_remaining: 0,
    ending_balance: (invoice.ending_balance ?? 0) + amount_due,
  };
}

/**
 * Makes a draft an open invoice: number, balance, hosted page, and the payment intent that collects it. One with
 * nothing due is paid at once. Emits `invoice.finalized`.
 */
export function finalizeInvoice(context: Context, found: Invoice, autoAdvance = found.auto_advance): Invoice {
  const now = context.now();
  const draft = withLatestUsage(context, found);
  const balanced = carryOver(context, applyBalance(context, draft));
  const secret = context.newId('invst', 40);
  const open: Invoice = {
    ...balanced,
    auto_advance: autoAdvance ?? true,
    automatically_finalizes_at: null,
    due_date: dueDate(balanced, now),
    effective_at: balanced.effective_at ?? now,
    hosted_invoice_url: `${context.url}/hosted/invoices/${secret}`,
    invoice_pdf: `${context.url}/hosted/invoices/${secret}/pdf`,
    number: balanced.number ?? nextNumber(context, balanced.customer ?? ''),
    status: 'open',
    status_transitions: { ...balanced.status_transitions, finalized_at: now },
    sandbox: { ...balanced.sandbox, secret },
  };
  context.emit('invoice.finalized', open);
  if (open.amount_due === 0) return settleInvoice(context, open);
  return openPayment(context, open);
}

function dueDate(invoice: Invoice, now: number): number | null {
  if (invoice.collection_method !== 'send_invoice') return null;
  const days = invoice.sandbox.days_until_due ?? DEFAULT_DAYS_UNTIL_DUE;
  return invoice.due_date ?? now + days * SECONDS_PER_DAY;
}
