import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';
import { VisitedPage, typedCard } from './support/page-visitor.js';

const GOOD = '4242 4242 4242 4242';
const URLS = {
  success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://shop.example/back',
};

describe('the Checkout page, in a browser without JavaScript', () => {
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

  function create(params: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<Stripe.Checkout.Session> {
    return stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      customer_email: 'ada@example.com',
      ...URLS,
      ...params,
    });
  }

  async function open(params: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
    const session = await create(params);
    const page = await VisitedPage.open(session.url ?? '');
    return {
      session,
      page,
      current: () => stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] }),
    };
  }

  it('says what is bought, what is due today and after, and that it is a sandbox', async () => {
    const { page } = await open({ line_items: [{ price: price.id, quantity: 3 }] });
    expect(page.status).toBe(200);
    expect(page.title).toBe('Subscribe to Plan 2900');
    expect(page.text).toContain('Sandbox: no real money');
    expect(page.text).toMatch(/Plan 2900 × 3 billed every month \$87\.00 Total due today \$87\.00/);
    expect(page.text).toContain('Then $87.00 per month');
    expect(page.link('Back')).toBe(URLS.cancel_url);
  });

  it('completes with a good card and leads to the success URL with the id of the session', async () => {
    const { session, page, current } = await open();
    const done = await page.submit('Subscribe', typedCard(GOOD));
    expect(done.status).toBe(303);
    expect(done.url).toBe(`https://shop.example/done?session=${session.id}`);
    expect(await current()).toMatchObject({ status: 'complete', subscription: { status: 'active' } });
  });

  it('sent twice it pays once, and both answers lead to the success URL', async () => {
    const { page, session } = await open({ customer_email: 'twice@example.com' });
    const [first, second] = await Promise.all([
      page.submit('Subscribe', typedCard(GOOD)),
      page.submit('Subscribe', typedCard(GOOD)),
    ]);
    expect([first.url, second.url]).toEqual(Array(2).fill(`https://shop.example/done?session=${session.id}`));
    const { data: customers } = await stripe.customers.list({ email: 'twice@example.com' });
    expect(customers).toHaveLength(1);
    const { data: charges } = await stripe.charges.list({ customer: customers[0]?.id ?? '' });
    expect(charges.map((charge) => charge.amount)).toEqual([2900]);
  });

  it.each([
    ['4000 0000 0000 0002', 'Your card was declined.', []],
    ['4000-0000-0000-9995', 'Your card has insufficient funds.', []],
    ['4000000000000069', 'Your card has expired.', ['Expiry']],
    ['4000000000000127', "Your card's security code is incorrect.", ['CVC']],
    ['4000000000000119', 'An error occurred while processing your card. Try again in a little bit.', []],
    ['4242424242424241', 'Your card number is incorrect.', ['Card number']],
  ])(
    'shows why %s is refused, keeps what was typed but the card, and can be tried again',
    async (number, text, wrong) => {
      const { page, current } = await open({ customer_email: undefined });
      const refused = await page.submit('Subscribe', typedCard(number, { Email: 'retry@example.com' }));
      expect(refused.alert).toBe(text);
      expect(refused.status).toBe(402);
      expect(refused.invalidFields).toEqual(wrong);
      expect(refused.markup).not.toContain(number);
      expect(refused.markup).toContain('value="retry@example.com"');
      expect((await current()).status).toBe('open');
      await refused.submit('Subscribe', typedCard(GOOD));
      expect((await current()).status).toBe('complete');
    },
  );

  it.each<[Record<string, string>, string, string]>([
    [{ Email: '' }, 'An email address is required.', 'Email'],
    [{ Email: 'nobody' }, 'Invalid email address: nobody', 'Email'],
    [{ 'Card number': '' }, 'Your card number is incomplete.', 'Card number'],
    [{ Expiry: '12' }, "Your card's expiration date is incomplete.", 'Expiry'],
    [{ Expiry: '01 / 20' }, "Your card's expiration year is invalid.", 'Expiry'],
    [{ Expiry: '13/34' }, "Your card's expiration month is invalid.", 'Expiry'],
    [{ CVC: '' }, "Your card's security code is incomplete.", 'CVC'],
    [{ CVC: 'abc' }, "Your card's security code is invalid.", 'CVC'],
    [{ 'Name on card': ' ' }, 'The name on the card is required.', 'Name on card'],
  ])('points at what is wrong with %j', async (typed, text, label) => {
    const { page, current } = await open({ customer_email: undefined });
    const refused = await page.submit('Subscribe', typedCard(GOOD, { Email: 'ada@example.com', ...typed }));
    expect(refused.alert).toBe(text);
    expect(refused.invalidFields).toEqual([label]);
    expect((await current()).status).toBe('open');
  });

  it.each(['12/34', '12 / 2034', '1234', '122034'])('takes the expiry %s', async (Expiry) => {
    const { page, current } = await open();
    await page.submit('Subscribe', typedCard(GOOD, { Expiry }));
    const { subscription } = await current();
    const { default_payment_method: id } = subscription as Stripe.Subscription;
    expect(await stripe.paymentMethods.retrieve(id as string)).toMatchObject({
      card: { exp_month: 12, exp_year: 2034 },
      billing_details: { name: 'Ada Lovelace', email: 'ada@example.com' },
    });
  });

  describe('with a card that asks for 3-D Secure', () => {
    it('leads to the step, and completing it leads to the success URL', async () => {
      const { page, session, current } = await open();
      const step = await page.submit('Subscribe', typedCard('4000002760003184'));
      expect(step.title).toBe('3-D Secure');
      expect(step.text).toContain('$29.00');
      expect(step.buttons).toEqual(['Complete', 'Fail']);
      expect((await current()).status).toBe('open');
      const done = await step.submit('Complete');
      expect(done.url).toBe(`https://shop.example/done?session=${session.id}`);
      expect((await current()).status).toBe('complete');
      expect((await step.submit('Complete')).url).toBe(done.url);
    });

    it('failing the step leads back to the page, which takes another card', async () => {
      const { page, current } = await open();
      const step = await page.submit('Subscribe', typedCard('4000002760003184'));
      const back = await step.submit('Fail');
      expect(back.alert).toMatch(/^We are unable to authenticate your payment method/);
      expect((await current()).status).toBe('open');
      await back.submit('Subscribe', typedCard(GOOD));
      expect((await current()).status).toBe('complete');
    });

    it('a card that is declined after the step is refused on the page', async () => {
      const { page, current } = await open();
      const step = await page.submit('Subscribe', typedCard('4000008400001629'));
      const back = await step.submit('Complete');
      expect(back).toMatchObject({ alert: 'Your card was declined.', status: 402 });
      await back.submit('Subscribe', typedCard(GOOD));
      expect((await current()).status).toBe('complete');
    });
  });

  it('shows a trial, takes the card for later and charges nothing', async () => {
    const { page, current } = await open({ subscription_data: { trial_period_days: 14 } });
    expect(page.text).toContain('14 days free trial');
    expect(page.text).toContain('Total due today $0.00');
    expect(page.text).toMatch(/From \w+ \d+, \d{4} \$29\.00 per month/);
    await page.submit('Subscribe', typedCard(GOOD));
    expect(await current()).toMatchObject({ subscription: { status: 'trialing' } });
  });

  it('asks for no card when the session collects one only if required', async () => {
    const { page, current } = await open({
      payment_method_collection: 'if_required',
      subscription_data: { trial_period_days: 14 },
    });
    expect(page.text).not.toContain('Card number');
    await page.submit('Subscribe', { Name: 'Ada' });
    expect(await current()).toMatchObject({ subscription: { status: 'trialing', default_payment_method: null } });
  });

  it('takes a promotion code, refuses a wrong one, and takes it off again', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'repeating', duration_in_months: 3 });
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'HALF' });
    const { page, current } = await open({ allow_promotion_codes: true });
    const refused = await page.submit('Apply', { 'Promotion code': 'NOSUCH' });
    expect(refused).toMatchObject({ alert: 'This code is invalid.', invalidFields: ['Promotion code'] });
    const applied = await refused.submit('Apply', { 'Promotion code': 'half' });
    expect(applied.text).toMatch(/HALF \(50% off for 3 months\) −\$14\.50 Total due today \$14\.50/);
    const removed = await applied.submit('Remove HALF');
    expect(removed.text).toContain('Total due today $29.00');
    await (await removed.submit('Apply', { 'Promotion code': 'HALF' })).submit('Subscribe', typedCard(GOOD));
    expect(await current()).toMatchObject({ status: 'complete', amount_total: 1450 });
  });

  it('shows the discount that the session was made with, and what a coupon for once leaves later', async () => {
    const coupon = await stripe.coupons.create({ amount_off: 900, currency: 'usd', duration: 'once', name: 'Welcome' });
    const { page } = await open({ discounts: [{ coupon: coupon.id }] });
    expect(page.text).toContain('Welcome ($9.00 off once) −$9.00 Total due today $20.00');
    expect(page.text).toContain('Then $29.00 per month');
    expect(page.text).not.toContain('Promotion code');
    const trial = await open({ discounts: [{ coupon: coupon.id }], subscription_data: { trial_period_days: 14 } });
    expect(trial.page.text).toMatch(/From \w+ \d+, \d{4} \$29\.00 per month, after a first payment of \$20\.00/);
  });

  it('takes a single payment, in yen without decimals', async () => {
    const once = await billing.price(5000, 'month', { recurring: undefined, currency: 'jpy' });
    const { page, session, current } = await open({ mode: 'payment', line_items: [{ price: once.id, quantity: 1 }] });
    expect(page.text).toContain('Total due today ¥5,000');
    expect(page.text).not.toContain('Then');
    const done = await page.submit('Pay', typedCard(GOOD));
    expect(done.url).toBe(`https://shop.example/done?session=${session.id}`);
    expect(await current()).toMatchObject({ payment_status: 'paid', amount_total: 5000 });
  });

  it('saves a card in setup mode, also one that asks for 3-D Secure', async () => {
    const customer = await billing.customer(undefined, { email: 'keep@example.com' });
    const session = await stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      customer: customer.id,
      ...URLS,
    });
    const page = await VisitedPage.open(session.url ?? '');
    expect(page.markup).toContain('value="keep@example.com"');
    const step = await page.submit('Save card', typedCard('4000002500003155'));
    expect(step.text).toContain('this card may be saved');
    await step.submit('Complete');
    const { data } = await stripe.customers.listPaymentMethods(customer.id);
    expect(data.map((method) => method.card?.last4)).toEqual(['3155']);
    expect((await stripe.customers.retrieve(customer.id)) as Stripe.Customer).toMatchObject({
      email: 'keep@example.com',
    });
  });

  it('a complete session says so, and sending its old form leads on', async () => {
    const { page, session } = await open();
    await page.submit('Subscribe', typedCard(GOOD));
    const again = await VisitedPage.open(page.url);
    expect(again).toMatchObject({ status: 200, title: 'This Checkout is complete', forms: [] });
    expect(again.link('Continue')).toBe(`https://shop.example/done?session=${session.id}`);
  });

  it('an expired session says so and takes no payment', async () => {
    const { page, session } = await open({ customer_email: 'late@example.com' });
    await stripe.checkout.sessions.expire(session.id);
    const expired = await VisitedPage.open(page.url);
    expect(expired).toMatchObject({ status: 410, title: 'This Checkout has expired', forms: [] });
    expect(expired.link('Back')).toBe(URLS.cancel_url);
    expect(await page.submit('Subscribe', typedCard(GOOD))).toMatchObject({ status: 410 });
    expect((await stripe.customers.list({ email: 'late@example.com' })).data).toEqual([]);
  });
});
