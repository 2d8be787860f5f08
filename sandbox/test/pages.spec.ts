import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';
import { VisitedPage } from './support/page-visitor.js';

const RETURN = 'https://shop.example/return?order=7';

describe('the pages of the sandbox', () => {
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

  describe('the 3-D Secure step', () => {
    async function waiting(params: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<Stripe.PaymentIntent> {
      const intent = await stripe.paymentIntents.create({
        amount: 1_234,
        currency: 'kwd',
        payment_method: 'pm_card_authenticationRequired',
        confirm: true,
        return_url: RETURN,
        ...params,
      });
      expect(intent.status).toBe('requires_action');
      return intent;
    }
    const step = (intent: Stripe.PaymentIntent | Stripe.SetupIntent) =>
      VisitedPage.open(intent.next_action?.redirect_to_url?.url ?? '');

    it.each<[string, string, string]>([
      ['Complete', 'succeeded', 'succeeded'],
      ['Fail', 'requires_payment_method', 'failed'],
    ])('of a payment: %s leads back with the result', async (button, status, result) => {
      const intent = await waiting();
      const page = await step(intent);
      expect(page.text).toContain('confirm the payment of KWD 1.234');
      const back = await page.submit(button);
      expect(back.status).toBe(303);
      expect(Object.fromEntries(new URL(back.url).searchParams)).toEqual({
        order: '7',
        payment_intent: intent.id,
        payment_intent_client_secret: intent.client_secret,
        redirect_status: result,
      });
      expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe(status);
    });

    it('sent twice it pays once', async () => {
      const intent = await waiting();
      const page = await step(intent);
      const answers = await Promise.all([page.submit('Complete'), page.submit('Complete')]);
      expect(new Set(answers.map((answer) => answer.url)).size).toBe(1);
      expect((await stripe.charges.list({ payment_intent: intent.id })).data).toHaveLength(1);
    });

    it('of a set-up, and of an intent without a return URL', async () => {
      const customer = await billing.customer();
      const intent = await stripe.setupIntents.create({
        customer: customer.id,
        payment_method: 'pm_card_authenticationRequired',
        confirm: true,
        return_url: RETURN,
      });
      const back = await (await step(intent)).submit('Complete');
      expect(new URL(back.url).searchParams.get('setup_intent')).toBe(intent.id);
      expect((await stripe.setupIntents.retrieve(intent.id)).status).toBe('succeeded');
      const silent = await waiting({ return_url: undefined });
      const page = await step(silent);
      expect((await page.submit('Complete')).title).toBe('3-D Secure is complete');
      expect((await step(silent)).title).toBe('3-D Secure is complete');
    });

    it('never leads to an address that is no web page', async () => {
      const page = await step(await waiting({ return_url: 'javascript:alert(1)' }));
      expect(await page.submit('Fail')).toMatchObject({ status: 200, title: '3-D Secure is over' });
    });
  });

  describe('are safe', () => {
    async function hostile(): Promise<Stripe.Checkout.Session> {
      const price = await billing.price(900, 'month', { product_data: { name: '<script>alert("1")</script>' } });
      return stripe.checkout.sessions.create({
        mode: 'subscription',
        line_items: [{ price: price.id, quantity: 1 }],
        customer_email: '"><img/src=x>@example.com',
        custom_text: { submit: { message: '<b onclick=x>' } },
        success_url: 'https://shop.example/',
        cancel_url: 'https://shop.example/"><script>',
      });
    }

    it('escape everything that somebody wrote', async () => {
      const page = await VisitedPage.open((await hostile()).url ?? '');
      expect(page.markup).not.toMatch(/<script|<img|<b /i);
      expect(page.title).toBe('Subscribe to <script>alert("1")</script>');
    });

    it('have a strict policy and load nothing', async () => {
      const page = await VisitedPage.open((await hostile()).url ?? '');
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self' https: http:; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      expect(page.headers.get('referrer-policy')).toBe('same-origin');
      expect(page.markup).not.toMatch(/<[^>]*\s(src|style|on\w+)=/i);
    });

    it('take no form without its token', async () => {
      const session = await hostile();
      const url = (session.url ?? '').replace('#fid', '');
      for (const token of ['', 'token=', 'token=AAAA', `token=${'A'.repeat(43)}`]) {
        const page = await VisitedPage.open(url, {
          method: 'POST',
          body: new URLSearchParams(`${token}&card_number=4242424242424242&expiry=1234&cvc=123&name=A`),
        });
        expect(page).toMatchObject({ status: 403, alert: expect.stringContaining('out of date') });
      }
      expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    });

    it.each<[string, RequestInit]>([
      ['a JSON body', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }],
      ['bytes', { method: 'POST', body: Buffer.from([0, 255, 254, 1]) }],
      ['a form with too many fields', { method: 'POST', body: new URLSearchParams('a=1&'.repeat(500)) }],
      ['a field that is too long', { method: 'POST', body: new URLSearchParams({ name: 'x'.repeat(100_000) }) }],
      ['broken escapes', { method: 'POST', body: new URLSearchParams(), headers: { 'content-type': 'x' } }],
    ])('refuse %s and stay up', async (_case, init) => {
      const session = await hostile();
      const page = await VisitedPage.open((session.url ?? '').replace('#fid', ''), init);
      expect(page.status).toBeGreaterThanOrEqual(400);
      expect(page.status).toBeLessThan(500);
      expect(page.headers.get('content-type')).toContain('text/html');
    });

    it('answer 405 to what they cannot do', async () => {
      const { url } = await hostile();
      const page = await VisitedPage.open(url ?? '', { method: 'DELETE' });
      expect(page.status).toBe(405);
      expect(page.headers.get('allow')).toBe('GET, HEAD, POST');
    });
  });

  it.each([
    '/',
    '/nowhere',
    '/c/pay/cs_test_nothing',
    '/c/pay/cs_test_nothing/3ds',
    '/3ds/pi_nothing',
    '/c/pay/%00',
    '/3ds/%E0%A4%A',
  ])('%s is a friendly 404 page', async (path) => {
    const page = await VisitedPage.open(`${billing.sandbox.url}${path}`);
    expect(page).toMatchObject({ status: 404, title: 'There is no such page' });
    expect(page.text).toContain('Sandbox: no real money');
  });

  it('what is no page stays the API’s, also for a browser', async () => {
    for (const [path, accept] of [
      ['/v1/customers', 'text/html'],
      ['/nowhere', 'application/json'],
    ] as const) {
      const response = await fetch(`${billing.sandbox.url}${path}`, { headers: { accept } });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    }
  });
});
