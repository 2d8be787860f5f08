import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';
import { VisitedPage, typedCard } from './support/page-visitor.js';
import { pdfPages, pdfTexts } from './support/pdf-text.js';

const GOOD = '4242 4242 4242 4242';

describe('the hosted invoice page, in a browser without JavaScript', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let price: Stripe.Price;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    price = await billing.price(2900);
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  /** A subscription that waits for the payment of its first invoice, and that invoice's page. */
  async function incomplete(customer?: Stripe.Customer) {
    const owner = customer ?? (await billing.customer(undefined, { email: 'ada@example.com', name: 'Ada Lovelace' }));
    const subscription = await stripe.subscriptions.create({
      customer: owner.id,
      items: [{ price: price.id, quantity: 2 }],
      payment_behavior: 'default_incomplete',
      payment_settings: { save_default_payment_method: 'on_subscription' },
    });
    const invoice = await billing.latestInvoice(subscription);
    const page = await VisitedPage.open(invoice.hosted_invoice_url ?? '');
    return { owner, subscription, invoice, page, current: () => stripe.subscriptions.retrieve(subscription.id) };
  }

  async function manual(currency: string, ...amounts: number[]): Promise<Stripe.Invoice> {
    const customer = await billing.customer(undefined, { email: 'ada@example.com', name: 'Ada Lovelace' });
    const draft = await stripe.invoices.create({ customer: customer.id, currency, auto_advance: false });
    for (const amount of amounts) {
      await stripe.invoiceItems.create({
        customer: customer.id,
        invoice: draft.id,
        amount,
        currency,
        description: `Thing for ${amount}`,
      });
    }
    return stripe.invoices.finalizeInvoice(draft.id ?? '');
  }

  async function pdfOf(invoice: Stripe.Invoice): Promise<{ body: Buffer; text: string; response: Response }> {
    const response = await fetch(invoice.invoice_pdf ?? '');
    const body = Buffer.from(await response.arrayBuffer());
    return { body, response, text: pdfTexts(body).join('\n') };
  }

  it('shows number, dates, lines, sums and whom it is for', async () => {
    const { page, invoice } = await incomplete();
    expect(page.status).toBe(200);
    expect(page.title).toBe(`Invoice ${invoice.number}`);
    expect(page.text).toContain('Sandbox: no real money');
    expect(page.text).toMatch(/Open Date of issue \w+ \d+, \d{4} Date due/);
    expect(page.text).toContain('Ada Lovelace ada@example.com');
    expect(page.text).toMatch(/2 × Plan 2900 \(at \$29\.00 \/ month\) \w+ \d+, \d{4} – \w+ \d+, \d{4} 2 \$58\.00/);
    expect(page.text).toContain('Amount due $58.00');
    expect(page.link('Download PDF')).toBe(invoice.invoice_pdf);
  });

  it('paid with a new card it activates the subscription and keeps the card', async () => {
    const { page, current, owner } = await incomplete();
    const types = await billing.emitted(async () => {
      const paid = await page.submit('Pay', typedCard(GOOD));
      expect(paid).toMatchObject({ status: 200, forms: [] });
      expect(paid.text).toMatch(/Paid Date of issue .* Date paid/);
    });
    expect(types).toEqual(
      expect.arrayContaining(['payment_intent.succeeded', 'invoice_payment.paid', 'invoice.paid', 'charge.succeeded']),
    );
    const { data } = await stripe.customers.listPaymentMethods(owner.id);
    expect(data.map((method) => method.card?.last4)).toEqual(['4242']);
    expect(await current()).toMatchObject({ status: 'active', default_payment_method: data[0]?.id });
  });

  it('shows why a card is refused and counts it as an attempt; a saved card can pay then', async () => {
    const owner = await billing.customer(undefined, { email: 'saved@example.com' });
    await stripe.paymentMethods.attach('pm_card_mastercard', { customer: owner.id });
    const { page, invoice, current } = await incomplete(owner);
    const refused = await page.submit('Pay', typedCard('4000000000009995'));
    expect(refused.alert).toBe('Your card has insufficient funds.');
    expect(await stripe.invoices.retrieve(invoice.id ?? '')).toMatchObject({ status: 'open', attempt_count: 1 });
    expect(refused.text).toMatch(/Mastercard •••• 4444, expires 12\/\d{4}/);
    const mistyped = await refused.submit('Pay', typedCard('4242424242424241'));
    expect(mistyped).toMatchObject({ alert: 'Your card number is incorrect.', invalidFields: ['Card number'] });
    expect((await mistyped.submit('Pay with saved card')).forms).toEqual([]);
    expect(await current()).toMatchObject({ status: 'active' });
  });

  it('takes no saved card of another customer', async () => {
    const other = await billing.customer('pm_card_visa');
    const owner = await billing.customer(undefined, { email: 'mine@example.com' });
    await stripe.paymentMethods.attach('pm_card_visa', { customer: owner.id });
    const { page, current } = await incomplete(owner);
    const foreign = other.invoice_settings.default_payment_method as string;
    const own = /value="(pm_\w+)"/.exec(page.markup)?.[1] ?? '';
    const form = new URLSearchParams({ token: '', intent: 'saved', saved_card: foreign });
    form.set('token', page.forms[0]?.fields.find((field) => field.name === 'token')?.value ?? '');
    const refused = await VisitedPage.open(page.url, { method: 'POST', body: form });
    expect(refused).toMatchObject({ status: 400, alert: expect.stringContaining('does not have a payment method') });
    expect((await current()).status).toBe('incomplete');
    form.set('saved_card', own);
    await VisitedPage.open(page.url, { method: 'POST', body: form });
    expect((await current()).status).toBe('active');
  });

  it('3-D Secure: completing the step pays, failing it leads back to the page', async () => {
    const { page, current } = await incomplete();
    const step = await page.submit('Pay', typedCard('4000002760003184'));
    expect(step.title).toBe('3-D Secure');
    const back = await step.submit('Fail');
    expect(back.title).toMatch(/^Invoice/);
    expect(back.alert).toMatch(/^We are unable to authenticate your payment method/);
    expect((await current()).status).toBe('incomplete');
    const again = await back.submit('Pay', typedCard('4000002760003184'));
    const paid = await again.submit('Complete');
    expect(paid.text).toContain('Paid');
    expect(paid.url).not.toContain('secret');
    expect((await current()).status).toBe('active');
  });

  it('sent twice it pays once', async () => {
    const { page, owner } = await incomplete();
    const answers = await Promise.all([page.submit('Pay', typedCard(GOOD)), page.submit('Pay', typedCard(GOOD))]);
    const paid = { status: 200, alert: undefined, forms: [] };
    expect(answers).toMatchObject([paid, paid]);
    expect((await stripe.charges.list({ customer: owner.id })).data).toHaveLength(1);
  });

  it('a renewal that failed can be paid there', async () => {
    const owner = await billing.customer('pm_card_chargeCustomerFail', { email: 'late@example.com' });
    const subscription = await stripe.subscriptions.create({
      customer: owner.id,
      items: [{ price: price.id }],
      trial_period_days: 3,
    });
    await billing.advance({ seconds: 4 * 86_400 });
    const current = () => stripe.subscriptions.retrieve(subscription.id);
    expect((await current()).status).toBe('past_due');
    const invoice = await billing.latestInvoice(subscription);
    const page = await VisitedPage.open(invoice.hosted_invoice_url ?? '');
    expect(page.alert).toBe('Your card was declined.');
    await page.submit('Pay', typedCard(GOOD));
    expect((await current()).status).toBe('active');
  });

  it.each<[string, (id: string) => Promise<Stripe.Invoice>, boolean]>([
    ['Void', (id) => stripe.invoices.voidInvoice(id), false],
    ['Uncollectible', (id) => stripe.invoices.markUncollectible(id), true],
  ])('an invoice that is %s says so', async (word, change, payable) => {
    const invoice = await manual('usd', 1_000);
    const before = await VisitedPage.open(invoice.hosted_invoice_url ?? '');
    await change(invoice.id ?? '');
    const page = await VisitedPage.open(invoice.hosted_invoice_url ?? '');
    expect(page.text).toContain(word);
    expect(page.buttons).toEqual(payable ? ['Pay'] : []);
    await before.submit('Pay', typedCard(GOOD));
    expect((await stripe.invoices.retrieve(invoice.id ?? '')).status).toBe(payable ? 'paid' : 'void');
  });

  it('the PDF has number, dates, lines and sums', async () => {
    const invoice = await manual('usd', 2_900, -400);
    const { response, body, text } = await pdfOf(invoice);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('content-disposition')).toContain(`Invoice-${invoice.number}.pdf`);
    expect(body.subarray(0, 5).toString()).toBe('%PDF-');
    expect(body.subarray(-6).toString()).toContain('%%EOF');
    for (const expected of [
      'SANDBOX: NO REAL MONEY',
      invoice.number ?? '',
      'Date of issue',
      'Ada Lovelace',
      'Thing for 2900',
      '$29.00',
      '-$4.00',
      'Amount due',
      '$25.00 due',
    ]) {
      expect(text).toContain(expected);
    }
  });

  it.each([
    ['jpy', 5_000, '¥5,000'],
    ['kwd', 12_345, 'KWD\u00a012.345'],
    ['eur', 1_050, '\u008010.50'],
    ['inr', 290_000, 'INR 2,900.00'],
  ])('amounts in %s have the decimals of the currency, on the page and in the PDF', async (currency, amount, shown) => {
    const invoice = await manual(currency, amount);
    const { text } = await pdfOf(invoice);
    expect(text).toContain(shown);
    const page = await VisitedPage.open(invoice.hosted_invoice_url ?? '');
    expect(page.text).toContain(shown.replace('\u0080', '€').replace('INR ', '₹').replace('\u00a0', ' '));
  });

  it('a long invoice goes on over several pages of the PDF', async () => {
    const invoice = await manual('usd', ...Array.from({ length: 45 }, (_value, index) => 100 + index));
    const { body, text } = await pdfOf(invoice);
    expect(pdfPages(body)).toBe(2);
    expect(text).toContain('Thing for 100');
    expect(text).toContain('Thing for 144');
  });

  it.each(['/hosted/invoices/nothing', '/hosted/invoices/nothing/pdf'])('%s is a 404 page', async (path) => {
    expect((await VisitedPage.open(`${billing.sandbox.url}${path}`)).status).toBe(404);
  });
});
