import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { BillingSandbox } from '../../../test/support/billing-sandbox.js';
import { pdfTexts } from '../../../test/support/pdf-text.js';

describe('a credit note', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  /** An invoice of two lines, 30.00 and 4 × 5.00, that is open or paid. */
  async function invoiceOf(status: 'open' | 'paid', discounts: Stripe.InvoiceCreateParams.Discount[] = []) {
    const customer = await billing.customer('pm_card_visa');
    await stripe.invoiceItems.create({ customer: customer.id, currency: 'usd', amount: 3000, description: 'Setup' });
    await stripe.invoiceItems.create({
      customer: customer.id,
      currency: 'usd',
      quantity: 4,
      unit_amount_decimal: Stripe.Decimal.from('500'),
    });
    const draft = await stripe.invoices.create({
      customer: customer.id,
      pending_invoice_items_behavior: 'include',
      discounts,
    });
    const open = await stripe.invoices.finalizeInvoice(draft.id);
    return status === 'open' ? open : stripe.invoices.pay(open.id);
  }
  const customerOf = async (invoice: Stripe.Invoice): Promise<Stripe.Customer> =>
    (await stripe.customers.retrieve(invoice.customer as string)) as Stripe.Customer;

  it('reduces what an open invoice has to be paid, and its payment intent', async () => {
    const invoice = await invoiceOf('open');
    const note = await stripe.creditNotes.create({ invoice: invoice.id, amount: 1000, reason: 'order_change' });
    expect(note).toMatchObject({
      amount: 1000,
      number: `${invoice.number}-CN-01`,
      pre_payment_amount: 1000,
      post_payment_amount: 0,
      reason: 'order_change',
      status: 'issued',
      type: 'pre_payment',
    });
    const after = await stripe.invoices.retrieve(invoice.id);
    expect(after).toMatchObject({
      amount_due: 4000,
      amount_remaining: 4000,
      pre_payment_credit_notes_amount: 1000,
      total: 5000,
    });
    expect((await billing.paymentIntentOf(after)).amount).toBe(4000);
    expect(await stripe.invoices.pay(invoice.id)).toMatchObject({ status: 'paid', amount_paid: 4000 });
  });

  it('of the whole amount pays an open invoice', async () => {
    const invoice = await invoiceOf('open');
    const types = await billing.emitted(() => stripe.creditNotes.create({ invoice: invoice.id, amount: 5000 }));
    expect(types).toEqual(expect.arrayContaining(['credit_note.created', 'invoice.paid', 'payment_intent.canceled']));
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ status: 'paid', amount_paid: 0, amount_due: 0 });
  });

  it('of a paid invoice goes to the balance, back to the card, or outside, and says so exactly', async () => {
    const invoice = await invoiceOf('paid');
    const refusal = await billing.refusal(
      stripe.creditNotes.create({ invoice: invoice.id, amount: 1500, credit_amount: 1000 }),
    );
    expect(refusal.message).toContain('($10.00) must equal the post payment credit note amount ($15.00)');
    const note = await stripe.creditNotes.create({
      invoice: invoice.id,
      amount: 1500,
      credit_amount: 300,
      refund_amount: 1000,
      out_of_band_amount: 200,
      expand: ['refunds.refund', 'customer_balance_transaction'],
    });
    expect(note).toMatchObject({ type: 'post_payment', pre_payment_amount: 0, post_payment_amount: 1500 });
    expect(note.refunds[0]).toMatchObject({ amount_refunded: 1000, refund: { amount: 1000, status: 'succeeded' } });
    expect(note.customer_balance_transaction).toMatchObject({
      amount: -300,
      type: 'credit_note',
      credit_note: note.id,
    });
    expect((await customerOf(invoice)).balance).toBe(-300);
    expect((await stripe.invoices.retrieve(invoice.id)).post_payment_credit_notes_amount).toBe(1500);
    const intent = await billing.paymentIntentOf(invoice);
    expect((await stripe.charges.retrieve(intent.latest_charge as string)).amount_refunded).toBe(1000);
    const more = await billing.refusal(
      stripe.creditNotes.create({ invoice: invoice.id, amount: 3501, credit_amount: 3501 }),
    );
    expect(more).toMatchObject({ statusCode: 400, param: 'amount' });
  });

  it('counts a refund that exists already', async () => {
    const invoice = await invoiceOf('paid');
    const refund = await stripe.refunds.create({ payment_intent: (await billing.paymentIntentOf(invoice)).id });
    const note = await stripe.creditNotes.create({
      invoice: invoice.id,
      amount: 5000,
      refunds: [{ refund: refund.id }],
    });
    expect(note.refunds).toEqual([
      { amount_refunded: 5000, payment_record_refund: null, refund: refund.id, type: 'refund' },
    ]);
  });

  it('credits lines with their part of the discounts, and others of its own', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'once' });
    const invoice = await invoiceOf('paid', [{ coupon: coupon.id }]);
    const line = invoice.lines.data.find((candidate) => candidate.quantity === 4);
    const params = {
      invoice: invoice.id,
      lines: [
        { type: 'invoice_line_item' as const, invoice_line_item: line?.id ?? '', quantity: 3 },
        { type: 'custom_line_item' as const, description: 'Sorry', unit_amount: 25, quantity: 2 },
      ],
      credit_amount: 1400,
    };
    const preview = await stripe.creditNotes.preview(params);
    const note = await stripe.creditNotes.create(params);
    expect(note).toMatchObject({ subtotal: 1550, discount_amount: 150, total: 1400, amount: 1400 });
    expect(preview).toMatchObject({ subtotal: 1550, discount_amount: 150, total: 1400 });
    const lines = await stripe.creditNotes.listLineItems(note.id);
    expect(lines.data.map((one) => [one.type, one.amount, one.discount_amount, one.quantity])).toEqual([
      ['invoice_line_item', 1500, 150, 3],
      ['custom_line_item', 50, 0, 2],
    ]);
    expect((await stripe.creditNotes.listPreviewLineItems({ ...params, credit_amount: 1400 })).data).toHaveLength(2);
  });

  it('can be voided while its invoice is open, and not after', async () => {
    const invoice = await invoiceOf('open');
    const note = await stripe.creditNotes.create({ invoice: invoice.id, amount: 1000 });
    const types = await billing.emitted(() => stripe.creditNotes.voidCreditNote(note.id));
    expect(types).toContain('credit_note.voided');
    expect(await stripe.creditNotes.retrieve(note.id)).toMatchObject({ status: 'void' });
    const after = await stripe.invoices.retrieve(invoice.id);
    expect(after).toMatchObject({ amount_remaining: 5000, pre_payment_credit_notes_amount: 0 });
    expect((await billing.paymentIntentOf(after)).amount).toBe(5000);
    const again = await billing.refusal(stripe.creditNotes.voidCreditNote(note.id));
    expect(again.statusCode).toBe(400);
  });

  it('can be changed, and is listed by invoice and customer', async () => {
    const invoice = await invoiceOf('open');
    const note = await stripe.creditNotes.create({ invoice: invoice.id, amount: 100, memo: 'first' });
    const types = await billing.emitted(() =>
      stripe.creditNotes.update(note.id, { memo: 'second', metadata: { a: 'b' } }),
    );
    expect(types).toEqual(['credit_note.updated']);
    expect(await stripe.creditNotes.retrieve(note.id)).toMatchObject({ memo: 'second', metadata: { a: 'b' } });
    expect((await stripe.creditNotes.list({ invoice: invoice.id })).data.map((one) => one.id)).toEqual([note.id]);
    const byCustomer = await stripe.creditNotes.list({ customer: invoice.customer as string });
    expect(byCustomer.data).toHaveLength(1);
  });

  it.each([
    ['a draft', 'draft'],
    ['a void invoice', 'void'],
  ])('is refused for %s', async (_name, status) => {
    const customer = await billing.customer();
    await stripe.invoiceItems.create({ customer: customer.id, currency: 'usd', amount: 100 });
    const draft = await stripe.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
    if (status === 'void') {
      await stripe.invoices.finalizeInvoice(draft.id);
      await stripe.invoices.voidInvoice(draft.id);
    }
    const refusal = await billing.refusal(stripe.creditNotes.create({ invoice: draft.id, amount: 100 }));
    expect(refusal).toMatchObject({ statusCode: 400, param: 'invoice' });
  });

  it('has a PDF with numbers, lines and where its amount went', async () => {
    const invoice = await invoiceOf('paid');
    const note = await stripe.creditNotes.create({
      invoice: invoice.id,
      lines: [
        { type: 'invoice_line_item', invoice_line_item: invoice.lines.data[0]?.id, amount: 1000 },
        { type: 'custom_line_item', description: 'Goodwill', quantity: 2, unit_amount: 250 },
      ],
      refund_amount: 1200,
      credit_amount: 300,
      memo: 'With our apologies',
    });
    const response = await fetch(note.pdf);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('content-disposition')).toContain(`CreditNote-${note.number}.pdf`);
    const texts = pdfTexts(Buffer.from(await response.arrayBuffer()));
    const expected = [
      'SANDBOX: NO REAL MONEY',
      'Credit note',
      note.number,
      invoice.number,
      '$15.00 credited',
      'Goodwill',
    ];
    expect(texts).toEqual(expect.arrayContaining([...expected, '$10.00', '$5.00', 'With our apologies']));
    const after = (label: string): string | undefined => texts[texts.indexOf(label) + 1];
    expect([after('Refunded'), after('Credited to the balance')]).toEqual(['$12.00', '$3.00']);
    expect((await fetch(note.pdf.replace(note.id, 'cn_none'))).status).toBe(404);
  });
});
