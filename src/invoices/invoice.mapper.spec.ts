import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Invoice } from './invoice.entity.js';
import { subscriptionIdOf, toInvoiceColumns, toInvoiceDto, toInvoiceStatus } from './invoice.mapper.js';

function invoice(changes: object = {}): Stripe.Invoice {
  return {
    id: 'in_1',
    object: 'invoice',
    number: 'A1B2-0001',
    status: 'open',
    billing_reason: 'subscription_create',
    currency: 'usd',
    total: 7900,
    amount_due: 7900,
    amount_paid: 0,
    amount_remaining: 7900,
    description: null,
    attempt_count: 1,
    next_payment_attempt: null,
    period_start: 1_795_341_600,
    period_end: 1_797_933_600,
    due_date: null,
    created: 1_795_341_600,
    status_transitions: { finalized_at: 1_795_341_601, paid_at: null, voided_at: null, marked_uncollectible_at: null },
    hosted_invoice_url: 'https://invoice.example/1',
    invoice_pdf: 'https://invoice.example/1.pdf',
    parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1', metadata: {} } },
    metadata: {},
    ...changes,
  } as unknown as Stripe.Invoice;
}

function rowOf(source: Stripe.Invoice): Invoice {
  return Object.assign(new Invoice(), { id: 12, subscriptionId: null }, toInvoiceColumns(source, 7));
}

describe('invoice mapper', () => {
  it.each([
    ['draft', 'draft'],
    ['open', 'open'],
    ['paid', 'paid'],
    ['void', 'void'],
    ['uncollectible', 'uncollectible'],
    [null, 'draft'],
    ['a_status_of_next_year', 'open'],
  ])('takes the status %s for %s', (stripeStatus, status) => {
    expect(toInvoiceStatus(stripeStatus)).toBe(status);
  });

  it('finds the subscription in the parent, as id or as object, and none elsewhere', () => {
    expect(subscriptionIdOf(invoice())).toBe('sub_1');
    expect(
      subscriptionIdOf(
        invoice({ parent: { type: 'subscription_details', subscription_details: { subscription: { id: 'sub_2' } } } }),
      ),
    ).toBe('sub_2');
    expect(subscriptionIdOf(invoice({ parent: null }))).toBeNull();
    expect(subscriptionIdOf(invoice({ parent: { type: 'quote_details', subscription_details: null } }))).toBeNull();
  });

  it.each([
    ['usd', 7900, '79.000', 79],
    ['jpy', 3000, '3000.000', 3000],
    ['bhd', 1250, '1.250', 1.25],
    ['usd', 1, '0.010', 0.01],
    ['usd', 9_007_199_254_740_991, '90071992547409.910', 90071992547409.91],
  ])('keeps %s %d exactly', (currency, minorUnits, column, number) => {
    const source = invoice({ currency, amount_due: minorUnits, amount_paid: minorUnits, amount_remaining: 0 });
    expect(toInvoiceColumns(source, 7)).toMatchObject({ amountDue: column, amountPaid: column });
    expect(toInvoiceDto(rowOf(source))).toMatchObject({ amount_due: number, amount_paid: number, amount_remaining: 0 });
  });

  it('keeps a credit as a negative total, and owes nothing then', () => {
    const credit = invoice({ total: -500, amount_due: 0, amount_remaining: -500 });
    expect(toInvoiceColumns(credit, 7)).toMatchObject({ total: '-5.000', amountRemaining: '0.000' });
  });

  it("answers the invoice's own date, not the row's", () => {
    const dto = toInvoiceDto(rowOf(invoice()));
    expect(dto.created).toBe('2026-11-22T10:00:00.000Z');
    expect(dto.period_end).toBe('2026-12-22T10:00:00.000Z');
  });

  it('says when an invoice was paid and when it is due', () => {
    const source = invoice({ status_transitions: { paid_at: 1_795_341_602 }, due_date: 1_797_933_600 });
    const dto = toInvoiceDto(rowOf(source));
    expect(dto).toMatchObject({ paid_at: '2026-11-22T10:00:02.000Z', due_date: '2026-12-22T10:00:00.000Z' });
  });
});
